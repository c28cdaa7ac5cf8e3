"""The table of commands: the arguments of each, and what it is good for.

Help, completion and the messages about mistyped commands are made from this one table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from ...protocol.local import TypedCommand
from ...protocol.people import Role
from ...protocol.permissions import ANYBODY, PERMISSIONS, Rule
from ...protocol.tags import snake_case

Group = Literal[
    "Speaking",
    "Hearing",
    "Hands",
    "Talk",
    "People",
    "Profile",
    "Communities",
    "Events",
    "Room",
    "Lists",
]

COMMANDS: dict[str, type[TypedCommand]] = {
    snake_case(each.__name__): each for each in get_args(TypedCommand)
}
"""Every command, of the room and of one's own machine, by the name under which it is typed."""


@dataclass(frozen=True)
class Usage:
    """How a command is typed. Parts of ``arguments`` in brackets may be left out."""

    group: Group
    arguments: str
    help: str


USAGE: dict[str, Usage] = {
    "unmute": Usage("Speaking", "", "open your microphone, on stage"),
    "mute": Usage("Speaking", "", "close your microphone"),
    "toggle_microphone": Usage("Speaking", "", "open your microphone if closed, else close it"),
    "push_to_talk": Usage("Speaking", "down|up", "open your microphone while a key is down"),
    "choose_microphone": Usage(
        "Speaking", "NAME|default", "use another microphone; /list_devices tells which there are"
    ),
    "choose_speakers": Usage("Speaking", "NAME|default", "use other speakers or headphones"),
    "change_sound": Usage(
        "Speaking",
        "[echo=auto|on|off] [noise=on|off] [level=on|off] [high_pass=on|off]"
        " [gate=off|low|normal|high] [music=on|off]",
        "what is done to your voice, at once; alone it tells",
    ),
    "hear_yourself": Usage(
        "Speaking", "[on|off]", "hear your own voice, a second late, while muted; nobody else does"
    ),
    "play_sound": Usage(
        "Speaking", "[FILE]", "play a sound file beside your voice; alone, go on after a pause"
    ),
    "pause": Usage("Speaking", "", "let what you play wait"),
    "seek": Usage("Speaking", "1:30|+10|-10", "go on at another place of what you play"),
    "stop_playing": Usage("Speaking", "", "play the file no longer"),
    "leave_stage": Usage("Speaking", "", "go back to the audience"),
    "accept_stage_invitation": Usage("Speaking", "", "come on stage when invited"),
    "decline_stage_invitation": Usage("Speaking", "", "stay in the audience"),
    "give_time": Usage("Speaking", "NAME [60s]", "let a turn last longer, 10 s to 1 h"),
    "play_chimes": Usage(
        "Hearing", "[on|off]", "short sounds that tell when you are on air or muted, and of hands"
    ),
    "set_volume": Usage(
        "Hearing", "NAME 0-200", "hear somebody louder or quieter, in percent; also /volume"
    ),
    "mute_for_me": Usage("Hearing", "NAME", "hear somebody no more; they are not told"),
    "unmute_for_me": Usage("Hearing", "NAME", "hear somebody again"),
    "suppress_noise": Usage("Hearing", "NAME [on|off]", "take the noise out of somebody's voice"),
    "raise_hand": Usage("Hands", "[TOPIC]", "ask to speak, and say on what"),
    "lower_hand": Usage("Hands", "", "take your hand down"),
    "accept_hand": Usage(
        "Hands", "[NAME]", "bring somebody with a raised hand on stage; alone, the first"
    ),
    "decline_hand": Usage("Hands", "[NAME]", "lower somebody's hand; alone, the first"),
    "lower_all_hands": Usage("Hands", "", "empty the queue"),
    "invite_to_stage": Usage("Hands", "NAME", "ask somebody to come on stage"),
    "chat": Usage(
        "Talk", "[reply_to=NUMBER] TEXT", "write to everybody; a line without a slash does too"
    ),
    "react": Usage("Talk", "[EMOJI]", "show an emoji"),
    "read_chat": Usage("Talk", "[NUMBER]", "read older messages, from before that one"),
    "remove_message": Usage("Talk", "NUMBER [REASON]", "delete a message from the chat"),
    "report": Usage(
        "People",
        "NAME [harassment|hate|spam|danger|other] [NOTE]",
        "tell the server's admins, who get the last minute of voice; nobody else learns of it",
    ),
    "move_to_audience": Usage("People", "NAME [REASON]", "take somebody off the stage"),
    "silence": Usage("People", "NAME [REASON]", "refuse somebody's voice"),
    "lift_silence": Usage(
        "People", "NAME", "let somebody speak again, also who is away; /list_silenced tells whom"
    ),
    "ask_to_unmute": Usage("People", "NAME", "lift a silence and ask them to speak"),
    "remove": Usage("People", "NAME [REASON]", "put somebody out of the room"),
    "ban": Usage(
        "People", "NAME [10m|2h|3d|forever] [REASON]", "put somebody out and keep them out"
    ),
    "unban": Usage("People", "NAME|KEY", "let somebody in again; /list_bans tells whom"),
    "answer_knock": Usage(
        "People", "[NAME] [yes|no]", "let somebody in who knocks, or not; alone, the first"
    ),
    "make_cohost": Usage("People", "NAME", "give somebody the host's tools"),
    "hand_over": Usage("People", "NAME", "make somebody else the host"),
    "show_profile": Usage("Profile", "[NAME]", "what somebody says of themselves; alone, you"),
    "change_profile": Usage(
        "Profile",
        '[name="TEXT"] [headline="TEXT"] [company="TEXT"] [location="TEXT"] [pronouns="TEXT"]'
        ' [bio="TEXT"] [links="https://…"]'
        " [page=public]",
        "say more of yourself: everybody on this server can read it",
    ),
    "export_profile": Usage("Profile", "", "get all that this server holds about you"),
    "delete_profile": Usage(
        "Profile", "", "delete all that this server holds about you; what moderators did stays"
    ),
    "list_communities": Usage(
        "Communities", "[mine|discoverable] [FROM]", "your communities, or all that may be found"
    ),
    "show_community": Usage("Communities", "ID", "what a community is, and its rules"),
    "join_community": Usage(
        "Communities",
        "ID [RULES] [NOTE]",
        "join it, or apply with a note; RULES is the version of its rules, which you agree to",
    ),
    "leave_community": Usage(
        "Communities", "ID", "leave it, take an application back, or decline an invitation"
    ),
    "agree_to_rules": Usage("Communities", "ID RULES", "agree to rules that have changed"),
    "list_community_people": Usage(
        "Communities", "ID [members|applications|invitations|bans] [FROM]", "who is in it"
    ),
    "read_community_log": Usage("Communities", "ID [NUMBER]", "what its moderators did"),
    "found_community": Usage(
        "Communities",
        'name="TEXT" [summary="TEXT"] [about="LINE|LINE"] [rules="RULE|RULE"]'
        " [entry=open|application|invitation] [hidden=on|off]",
        "found a community, and own it",
    ),
    "describe_community": Usage(
        "Communities",
        'ID [name="TEXT"] [summary="TEXT"] [about="LINE|LINE"] [rules="RULE|RULE"]'
        " [entry=open|application|invitation] [hidden=on|off] [hosting=moderators|members]",
        "change what it says of itself",
    ),
    "accept_application": Usage("Communities", "ID NAME", "make somebody who applied a member"),
    "decline_application": Usage("Communities", "ID NAME [REASON]", "decline an application"),
    "invite_to_community": Usage("Communities", "ID NAME", "ask somebody to join"),
    "withdraw_community_invitation": Usage("Communities", "ID NAME", "take an invitation back"),
    "set_community_role": Usage(
        "Communities", "ID NAME role=owner|moderator|member", "raise or lower a member"
    ),
    "hand_over_community": Usage("Communities", "ID NAME", "make a member owner in your place"),
    "remove_member": Usage("Communities", "ID NAME [REASON]", "put a member out"),
    "ban_from_community": Usage(
        "Communities",
        "ID NAME [2h|3d|forever] [REASON]",
        "keep somebody out of it and of all its rooms",
    ),
    "lift_community_ban": Usage("Communities", "ID NAME", "let somebody in again"),
    "add_community_room": Usage(
        "Communities", "ID ROOM [host_token=TOKEN]", "let a room belong to it"
    ),
    "give_up_community_room": Usage("Communities", "ID ROOM", "let a room belong to it no longer"),
    "close_community": Usage("Communities", "ID [REASON]", "close it for good"),
    "list_claims": Usage("Profile", "", "what is proven of you, and what can be here"),
    "claim_forge": Usage(
        "Profile",
        "github|gitlab|forgejo|gitea|sourcehut USER [HOST]",
        "prove an account that lists a key of yours",
    ),
    "claim_domain": Usage("Profile", "DOMAIN", "prove a domain that lists a key of yours"),
    "claim_mail": Usage("Profile", "ADDRESS", "have a code sent to your address at a company"),
    "confirm_mail": Usage("Profile", "CODE [attempt=TEXT]", "say the code that came by mail"),
    "sign_on_by_browser": Usage(
        "Profile", "ISSUER", "sign on with an issuer, in a browser on this machine"
    ),
    "claim_by_device": Usage(
        "Profile", "ISSUER", "sign on with a code that you type on another device"
    ),
    "hide_claim": Usage(
        "Profile", "CLAIM", "show a claim to nobody; it still opens doors that ask for it"
    ),
    "show_claim": Usage("Profile", "CLAIM", "show a claim to everybody again"),
    "withdraw_claim": Usage("Profile", "CLAIM", "take back what is proven; see /list_claims"),
    "list_events": Usage(
        "Events", '[mine|week|community] [community=ID] [after="TEXT"]', "what is planned"
    ),
    "show_event": Usage("Events", "EVENT", "an event, with its agenda and who speaks"),
    "answer_event": Usage(
        "Events",
        "EVENT yes|no|maybe [DAY]",
        "say whether you come; to a series, or to one day of it",
    ),
    "plan_event": Usage(
        "Events",
        'title="TEXT" start=2027-03-02T18:30 zone=Europe/Paris [minutes=60] [agenda="LINE|LINE"]'
        ' [repeats="every first tuesday"] [room=ROOM] [capacity=NUMBER]'
        " [visibility=public|community|private] [community=ID] [organisers=IDS] [speakers=IDS]"
        " [invited=IDS] [host_token=TOKEN]",
        "plan an event",
    ),
    "change_event": Usage(
        "Events",
        'EVENT VERSION [title="TEXT"] [start=2027-03-02T18:30] [zone=Europe/Paris] [minutes=60]'
        ' [agenda="LINE|LINE"] [repeats="every first tuesday"] [once=on|off] [room=ROOM]'
        " [capacity=NUMBER] [visibility=public|community|private] [organisers=IDS] [speakers=IDS]"
        ' [invited=IDS] [host_token=TOKEN] [notice="TEXT"]',
        "change or move an event; the version is the one that you have seen",
    ),
    "move_occurrence": Usage(
        "Events",
        "EVENT VERSION DAY 2027-03-02T18:30 [NOTICE]",
        "let one day of a series take place at another time",
    ),
    "cancel_event": Usage(
        "Events",
        'EVENT VERSION [day=DAY] [notice="TEXT"]',
        "cancel an event, or one day of a series",
    ),
    "list_answers": Usage("Events", "EVENT [DAY] [FROM]", "who comes to an event of yours"),
    "show_calendar": Usage(
        "Events", "", "when you are reminded, and whether your calendar has an address"
    ),
    "set_reminder": Usage(
        "Events", "MINUTES", "be reminded so long before what you come to; 0 is never"
    ),
    "make_feed": Usage(
        "Events", "", "get an address of your calendar for another program; the one before ends"
    ),
    "revoke_feed": Usage("Events", "", "let the address of your calendar end"),
    "export_events": Usage("Events", "[EVENT]", "get an event, or all of yours, as iCalendar"),
    "follow": Usage("Profile", "NAME", "see at home where somebody is on stage; nobody is told"),
    "unfollow": Usage("Profile", "NAME", "follow somebody no longer"),
    "follow_community": Usage("Profile", "ID", "see a community first at home"),
    "unfollow_community": Usage("Profile", "ID", "follow a community no longer"),
    "block": Usage("Profile", "NAME", "hear and read no more of somebody; they are not told"),
    "unblock": Usage("Profile", "NAME", "block somebody no longer"),
    "list_ties": Usage(
        "Profile", "[following|communities|blocked] [FROM]", "whom you follow, and whom you block"
    ),
    "lock": Usage("Room", "", "let nobody new in"),
    "unlock": Usage("Room", "", "let people in again"),
    "change_settings": Usage(
        "Room",
        '[topic="TEXT"] [hands=on|off|invited] [order=fifo|fair] [floor_seconds=2m] [chat=on|off]'
        " [slow_seconds=10s] [capacity=NUMBER] [listed=on|off] [low_delay=on|off]"
        " [guests=on|listen|off] [members=on|off] [claimed=CLAIM,CLAIM|none] [by_device=on|off]"
        " [allowed=NAME,KEY|none] [knock=on|off] [max_bitrate=KBPS]",
        "run the room differently; alone it tells how it is run",
    ),
    "set_password": Usage("Room", "[PASSWORD]", "ask whoever comes for it; alone it removes it"),
    "make_room_invite": Usage(
        "Room", "[listener|speaker|cohost] [uses=NUMBER] [for=2h]", "make an invite"
    ),
    "revoke_room_invite": Usage("Room", "[ID]", "make an invite stop working; alone, all"),
    "end_room": Usage("Room", "[REASON]", "close the room for everyone"),
    "leave": Usage("Room", "", "leave the room"),
    "show_home": Usage(
        "Lists", "", "what is on here: rooms, this week's events, your communities and people"
    ),
    "search": Usage(
        "Lists",
        "[everything|rooms|people|communities|events] TEXT",
        "find by the beginnings of words",
    ),
    "show_quality": Usage(
        "Lists", "", "how well voice goes: loss, delay, devices, and who hears you"
    ),
    "list_people": Usage("Lists", "[audience|left] [FROM]", "who is in the audience, or who left"),
    "read_log": Usage("Lists", "[NUMBER]", "the moderation log, from after that entry"),
    "list_bans": Usage("Lists", "[FROM]", "who is banned, the last ones first"),
    "list_silenced": Usage("Lists", "[FROM]", "whose voice is refused, here or away"),
    "list_devices": Usage("Lists", "", "which microphones and speakers there are"),
    "list_room_invites": Usage("Lists", "", "which invites are good"),
}
"""The usage of every command, in the order in which help lists them."""


def rule_of(name: str) -> Rule:
    """Return who may give a command; what one's own machine does is for anybody."""
    return PERMISSIONS.get(COMMANDS[name], Rule(ANYBODY))


def is_for(name: str, role: Role) -> bool:
    """Whether somebody with this role may give the command; the server has the last word."""
    return role in rule_of(name).who


def no_such(name: str, known: Iterable[str], otherwise: str, sign: str = "") -> str:
    """Return what to say of a command that is not ``known``: which one was meant, or ``otherwise``.

    ``sign`` stands before names where they are typed with one.
    """
    near = get_close_matches(name, known, n=1)
    meant = f", did you mean {sign}{near[0]}?" if near else ":"
    return f"There is no {sign}{name}{meant} {otherwise}".rstrip()


def typed(name: str) -> str:
    """Return how a command is typed: ``/give_time NAME [60s]``."""
    return f"/{name} {USAGE[name].arguments}".rstrip()
