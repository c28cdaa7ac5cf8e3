"""The statement that saves a row, whether it is there or not."""

from __future__ import annotations


def saving(table: str, key: str, *others: str) -> str:
    """Return the statement that saves a row; ``key`` names the columns of the primary key.

    Its parameters are the columns' values, in this order.
    """
    columns = (*key.split(", "), *others)
    changes = ", ".join(f"{column} = excluded.{column}" for column in others)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )
