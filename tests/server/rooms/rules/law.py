"""Outcomes of every command, by everybody, about everybody, in every kind of room.

The cast, each of whom has written one message:

    ann       the host, whose room it is        lou    a listener
    bob, cat  co-hosts                          hob    a listener with a hand up
    cyd       a silenced co-host                ivy    a listener invited on stage
    sam, ora  speakers, ora unmuted             dot    a listener with a hand up, dropped
    sid, dan  speakers, silenced and dropped

    gus, meg  left: a listener, a co-host       tom    lost, a speaker who can come back
    bad       left, and was banned              zoe    was never there

A cell says what happens: the events, ``-`` for nothing, ``!code`` for a refusal.
"""

from __future__ import annotations

from roomcli.protocol.people import Role

ON_STAGE: dict[str, Role] = {
    "ann": "host", "bob": "cohost", "cat": "cohost", "cyd": "cohost",
    "sam": "speaker", "ora": "speaker", "sid": "speaker", "dan": "speaker",
}  # fmt: skip
AWAY: dict[str, Role] = {"meg": "cohost", "tom": "speaker"}
AUDIENCE = ["lou", "hob", "ivy", "dot"]
HERE = [*ON_STAGE, *AUDIENCE]
LEFT = ["gus", "meg", "tom", "bad"]
CAST = [*HERE, *LEFT, "zoe"]
COHOSTS = "bob cat cyd"
SPEAKERS = "sam ora sid dan"
STAGE = f"ann {COHOSTS} {SPEAKERS}"
LISTENERS = "lou hob ivy dot"
ALL = f"{STAGE} {LISTENERS}"
GONE = "gus meg tom bad zoe"

ABOUT_ONESELF = f"""
mute            ora                        muted
mute            ann {COHOSTS} sam          -
mute            sid dan {LISTENERS}        -
unmute          ann bob cat sam            unmuted
unmute          ora dan                    -
unmute          sid cyd                    !silenced
unmute          {LISTENERS}                !not_on_stage
raise_hand      {STAGE}                    !not_allowed
raise_hand      lou ivy                    hand_raised
raise_hand      hob dot                    -
lower_hand      {STAGE} lou ivy            -
lower_hand      hob dot                    hand_lowered
accept_stage_invitation   {STAGE} lou hob dot        !no_stage_invitation
accept_stage_invitation   ivy                        stage_invitation_settled+stage_joined
decline_stage_invitation  {STAGE} lou hob dot        -
decline_stage_invitation  ivy                        stage_invitation_settled
leave_stage     ann                        !not_allowed
leave_stage     {COHOSTS} {SPEAKERS}       stepped_down
leave_stage     {LISTENERS}                -
leave_room      {STAGE} lou hob dot        departed
leave_room      ivy                        stage_invitation_settled+departed
react           {ALL}                      reacted
react_wrongly   {ALL}                      !bad_reaction
chat            {ALL}                      chat_posted
read_chat       {ALL}                      -
read_log        {ALL}                      -
list_people     {ALL}                      -
list_left       ann {COHOSTS}              -
list_left       {SPEAKERS} {LISTENERS}     !not_allowed
"""

# By moderators about the room; nobody else may do any of it.
ABOUT_THE_ROOM = """
                 ann                   bob cat cyd
lower_all_hands  log+hands_lowered     same
lock             log+room_locked       same
unlock           -                     same
change_settings  log+settings_changed  same
change_nothing   -                     same
make_room_invite      log+room_invite_kept         same
invite_cohosts   log+room_invite_kept         !not_allowed
revoke_room_invite    log+room_invites_revoked     same
list_room_invites     -                     same
list_bans        -                     same
list_silenced    -                     same
set_password     log+password_set      !not_allowed
end_room         log+room_ended        !not_allowed
"""

# By moderators about somebody else; nobody else may do any of it.
ABOUT_OTHERS = f"""
                                      ann                                               bob cat cyd
accept_hand       {STAGE} lou ivy     !no_hand                                          same
accept_hand       hob dot             hand_lowered+stage_joined                         same
accept_hand       {GONE}              !no_such_person                                   same
decline_hand      {STAGE} lou ivy     -                                                 same
decline_hand      hob dot             hand_lowered                                      same
decline_hand      {GONE}              !no_such_person                                   same
invite_to_stage   {STAGE} ivy         -                                                 same
invite_to_stage   lou hob dot         invited_to_stage                                  same
invite_to_stage   {GONE}              !no_such_person                                   same
give_time         {STAGE}             -                                                 same
give_time         {LISTENERS}         !not_on_stage                                     same
give_time         {GONE}              !no_such_person                                   same
move_to_audience  ann                 !not_allowed                                      same
move_to_audience  {COHOSTS}           log+stepped_down+lowered                          !not_allowed
move_to_audience  {SPEAKERS}          log+stepped_down+lowered                          same
move_to_audience  {LISTENERS} gus bad -                                                 same
move_to_audience  meg                 -                                                 !not_allowed
move_to_audience  tom                 log+lowered                                       same
move_to_audience  zoe                 !no_such_person                                   same
silence           ann                 !not_allowed                                      same
silence           bob cat             log+silence_set                                   !not_allowed
silence           cyd                 -                                                 !not_allowed
silence           sam ora dan         log+silence_set                                   same
silence           sid                 -                                                 same
silence           {LISTENERS}         !not_on_stage                                     same
silence           {GONE}              !no_such_person                                   same
lift_silence      ann                 !not_allowed                                      same
lift_silence      bob cat             -                                                 !not_allowed
lift_silence      cyd                 log+silence_ended                                 !not_allowed
lift_silence      sam ora dan         -                                                 same
lift_silence      sid                 log+silence_ended                                 same
lift_silence      {LISTENERS}         -                                                 same
lift_silence      gus tom bad         -                                                 same
lift_silence      meg                 -                                                 !not_allowed
lift_silence      zoe                 !no_such_person                                   same
ask_to_unmute     ann bob cat         asked                                             same
ask_to_unmute     sam dan             asked                                             same
ask_to_unmute     ora                 -                                                 same
ask_to_unmute     cyd                 log+silence_ended+asked                          !not_allowed
ask_to_unmute     sid                 log+silence_ended+asked                          same
ask_to_unmute     {LISTENERS}         !not_on_stage                                     same
ask_to_unmute     {GONE}              !no_such_person                                   same
remove            ann                 !not_allowed                                      same
remove            {COHOSTS}           log+departed+seats_ended                          !not_allowed
remove            {SPEAKERS}          log+departed+seats_ended                          same
remove            lou hob dot         log+departed+seats_ended                          same
remove            ivy                 log+stage_invitation_settled+departed+seats_ended           same
remove            gus bad             -                                                 same
remove            meg                 -                                                 !not_allowed
remove            tom                 log+seats_ended                                   same
remove            zoe                 !no_such_person                                   same
ban               ann                 !not_allowed                                      same
ban               {COHOSTS}           log+banned+departed+seats_ended                   !not_allowed
ban               {SPEAKERS}          log+banned+departed+seats_ended                   same
ban               lou hob dot         log+banned+departed+seats_ended                   same
ban               ivy                 log+banned+stage_invitation_settled+departed+seats_ended    same
ban               gus tom bad         log+banned+seats_ended                            same
ban               meg                 log+banned+seats_ended                            !not_allowed
ban               zoe                 !no_such_person                                   same
unban             {ALL} gus meg tom   -                                                 same
unban             zoe                 -                                                 same
unban             bad                 log+unbanned                                      same
answer_knock      {ALL} {GONE}        !no_such_person                                   same
make_cohost       ann {COHOSTS}       -                                                 !not_allowed
make_cohost       sam ora dan         log+role_changed                                  !not_allowed
make_cohost       sid                 log+silence_ended+role_changed                   !not_allowed
make_cohost       lou                 log+stage_joined                                  !not_allowed
make_cohost       hob dot             log+hand_lowered+stage_joined                     !not_allowed
make_cohost       ivy                 log+stage_invitation_settled+stage_joined                   !not_allowed
make_cohost       {GONE}              !no_such_person                                   !not_allowed
hand_over         ann                 -                                                 !not_allowed
hand_over         bob cat sam ora dan log+role_changed+owner_named+role_changed         !not_allowed
hand_over         sid cyd             log+silence_ended+role_changed+owner_named+role_changed  !not_allowed
hand_over         lou                 log+stage_joined+owner_named+role_changed         !not_allowed
hand_over         hob dot             log+hand_lowered+stage_joined+owner_named+role_changed  !not_allowed
hand_over         ivy                 log+stage_invitation_settled+stage_joined+owner_named+role_changed  !not_allowed
hand_over         {GONE}              !no_such_person                                   !not_allowed
"""  # noqa: E501

# What anybody may do about somebody; the last column is everybody but moderators.
BY_ANYBODY = f"""
                                            ann                 bob cat cyd   the others
report          {ALL} gus meg tom bad       -                   same          same
report          zoe                         !no_such_person     same          same
remove_message  ann                         chat_removed        !not_allowed  !not_allowed
remove_message  {COHOSTS} meg               log+chat_removed    !not_allowed  !not_allowed
remove_message  {SPEAKERS} {LISTENERS}      log+chat_removed    same          !not_allowed
remove_message  gus tom bad                 log+chat_removed    same          !not_allowed
remove_message  zoe                         -                   same          same
"""

# About oneself, by a command that names somebody.
ABOUT_ME = f"""
ask_to_unmute   ann bob cat   -
ask_to_unmute   cyd           !not_allowed
report          {ALL}         !not_allowed
remove_message  {ALL}         chat_removed
"""

# What is otherwise in another room.
LOCKED = """
lock    ann bob cat cyd  -
unlock  ann bob cat cyd  log+room_unlocked
"""
FULL = """
accept_stage_invitation  ivy  !stage_full
"""
FULL_OTHERS = """
                              ann          bob cat cyd
accept_hand  hob dot          !stage_full  same
make_cohost  lou hob ivy dot  !stage_full  !not_allowed
hand_over    lou hob ivy dot  !stage_full  !not_allowed
"""
HANDS_OFF = """
raise_hand  lou ivy  !hands_off
"""
INVITED = f"""
raise_hand       {LISTENERS}      !hands_off
lower_hand       hob dot          -
lower_all_hands  ann bob cat cyd  -
"""
INVITED_OTHERS = """
                       ann                                         bob cat cyd
accept_hand   hob dot  !no_hand                                    same
decline_hand  hob dot  -                                           same
make_cohost   hob dot  log+stage_joined                            !not_allowed
hand_over     hob dot  log+stage_joined+owner_named+role_changed   !not_allowed
"""
CHAT_OFF = f"""
chat  {SPEAKERS} {LISTENERS}  !chat_off
"""
SLOW = f"""
chat  {SPEAKERS} {LISTENERS}  !slow_mode
"""
TIMED_OTHERS = f"""
                         ann                                                              bob cat cyd
give_time    {SPEAKERS}   turn_set                                                         same
make_cohost  sam ora dan  log+turn_set+role_changed                                        !not_allowed
make_cohost  sid          log+silence_ended+turn_set+role_changed                         !not_allowed
hand_over    bob cat      log+role_changed+owner_named+role_changed+turn_set               !not_allowed
hand_over    cyd          log+silence_ended+role_changed+owner_named+role_changed+turn_set  !not_allowed
hand_over    sam ora dan  log+turn_set+role_changed+owner_named+role_changed+turn_set      !not_allowed
hand_over    sid          log+silence_ended+turn_set+role_changed+owner_named+role_changed+turn_set  !not_allowed
hand_over    lou          log+stage_joined+owner_named+role_changed+turn_set               !not_allowed
hand_over    hob dot      log+hand_lowered+stage_joined+owner_named+role_changed+turn_set  !not_allowed
hand_over    ivy          log+stage_invitation_settled+stage_joined+owner_named+role_changed+turn_set  !not_allowed
"""  # noqa: E501
# Ann stands in for gus, who left, and whose room it is.
STAND_IN_OTHERS = """
                                         ann                                           bob cat cyd
ban             gus                      !not_allowed                                  same
remove_message  gus                      !not_allowed                                  same
hand_over       bob cat sam ora dan      log+role_changed+role_changed                 !not_allowed
hand_over       sid cyd                  log+silence_ended+role_changed+role_changed  !not_allowed
hand_over       lou                      log+stage_joined+role_changed                 !not_allowed
hand_over       hob dot                  log+hand_lowered+stage_joined+role_changed    !not_allowed
hand_over       ivy                      log+stage_invitation_settled+stage_joined+role_changed  !not_allowed
"""  # noqa: E501

Case = tuple[str, str, str]
"""Row, actor and target; the target is empty for commands that name nobody."""
MODERATORS = ["ann", "bob", "cat", "cyd"]
OTHERS = [each for each in HERE if each not in MODERATORS]


def oneself(page: str, *, of_me: bool = False) -> dict[Case, str]:
    """Return the cells of a page about commands that concern the actor alone."""
    cells: dict[Case, str] = {}
    for name, *actors, outcome in map(str.split, page.strip().splitlines()):
        for actor in actors:
            case = (name, actor, actor if of_me else "")
            assert case not in cells, "said twice"
            cells[case] = outcome
    return cells


def others(page: str, *, columns: int = 2) -> dict[Case, str]:
    """Return the cells of a page with columns for the host, the co-hosts and perhaps all others."""
    cells: dict[Case, str] = {}
    for name, *words in map(str.split, page.strip().splitlines()[1:]):
        targets, (by_host, *by_others) = words[:-columns] or [""], words[-columns:]
        by_cohost, by_anybody = [*by_others, "!not_allowed"][:2]
        for target in targets:
            assert (name, "ann", target) not in cells, "said twice"
            cells[name, "ann", target] = by_host
            for actor in ("bob", "cat", "cyd"):
                cells[name, actor, target] = by_host if by_cohost == "same" else by_cohost
            for actor in OTHERS:
                cells[name, actor, target] = by_host if by_anybody == "same" else by_anybody
    return cells


USUAL = {
    **oneself(ABOUT_ONESELF),
    **others(ABOUT_THE_ROOM),
    **others(ABOUT_OTHERS),
    **others(BY_ANYBODY, columns=3),
    **oneself(ABOUT_ME, of_me=True),
}
ROOMS: dict[str, dict[Case, str]] = {
    "usual": {},
    "locked": oneself(LOCKED),
    "full": {**oneself(FULL), **others(FULL_OTHERS)},
    "hands off": oneself(HANDS_OFF),
    "invited": {**oneself(INVITED), **others(INVITED_OTHERS)},
    "chat off": oneself(CHAT_OFF),
    "slow": oneself(SLOW),
    "timed": others(TIMED_OTHERS),
    "stand-in": others(STAND_IN_OTHERS),
    "ended": {},
}
