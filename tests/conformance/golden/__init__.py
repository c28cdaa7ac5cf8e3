"""What the golden vectors are made of: a room and its people, and messages of each family."""
