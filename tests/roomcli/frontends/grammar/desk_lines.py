"""Lines that need no room: people, claims, communities, events; and the command each is."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence
from roomcli.protocol.local import SignOnByBrowser

DESK_LINES: list[tuple[str, c.Command]] = [
    ("/show_profile", c.ShowProfile()),
    ("/show_profile ben oka", c.ShowProfile(person="BEN1")),
    ("/show_profile 0123456789abcdef", c.ShowProfile(person="0123456789abcdef")),
    (
        '/change_profile headline="Keeps bees" links="https://a.example https://b.example" bio=',
        c.ChangeProfile(
            headline="Keeps bees", links=("https://a.example", "https://b.example"), bio=""
        ),
    ),
    ("/list_claims", c.ListClaims()),
    ("/claim_forge github ann", c.ClaimForge(forge="github", user="ann")),
    (
        "/claim_forge forgejo ann git.acme.example:8443",
        c.ClaimForge(forge="forgejo", user="ann", host="git.acme.example:8443"),
    ),
    ("/claim_domain did:web:acme.example", c.ClaimDomain(domain="did:web:acme.example")),
    ("/claim_mail ann@acme.example", c.ClaimMail(address="ann@acme.example")),
    ("/confirm_mail 12345678", c.ConfirmMail(code="12345678")),
    ("/confirm_mail 1234 5678 attempt=0f0f", c.ConfirmMail(code="1234 5678", attempt="0f0f")),
    (
        "/claim_sign_on https://sso.acme.example",
        SignOnByBrowser(issuer="https://sso.acme.example"),
    ),
    (
        "/claim_by_device https://sso.acme.example",
        c.ClaimByDevice(issuer="https://sso.acme.example"),
    ),
    ("/hide_claim 0123456789abcdef", c.HideClaim(claim="0123456789abcdef")),
    ("/show_claim 0123456789abcdef", c.ShowClaim(claim="0123456789abcdef")),
    ("/withdraw_claim 0123456789abcdef", c.WithdrawClaim(claim="0123456789abcdef")),
    ("/export_profile", c.ExportProfile()),
    ("/follow ben oka", c.Follow(person="BEN1")),
    ("/unfollow Ben", c.Unfollow(person="BEN1")),
    ("/follow_community c1", c.FollowCommunity(community="c1")),
    ("/unfollow_community c1", c.UnfollowCommunity(community="c1")),
    ("/block troy", c.Block(person="TRO1")),
    ("/unblock 0123456789abcdef", c.Unblock(person="0123456789abcdef")),
    ("/list_ties", c.ListTies()),
    ("/list_ties blocked 100", c.ListTies(of="blocked", offset=100)),
    ("/show_home", c.ShowHome()),
    ("/search bee keeper", c.Search(text="bee keeper")),
    ("/search people zoe", c.Search(of="people", text="zoe")),
    ("/search bee offset=20", c.Search(text="bee", offset=20)),
    ("/delete_profile", c.DeleteProfile()),
    ("/list_communities", c.ListCommunities()),
    ("/list_communities discoverable 50", c.ListCommunities(of="discoverable", offset=50)),
    ("/show_community c0ffee", c.ShowCommunity(community="c0ffee")),
    (
        '/found_community name="Bee Folk" entry=application rules="Be kind | Listen" hidden=on',
        c.FoundCommunity(
            name="Bee Folk", entry="application", rules=("Be kind", "Listen"), hidden=True
        ),
    ),
    (
        "/describe_community c0ffee hosting=members about=",
        c.DescribeCommunity(community="c0ffee", hosting="members", about=()),
    ),
    ("/join_community c0ffee", c.JoinCommunity(community="c0ffee")),
    (
        "/join_community c0ffee 2 I keep bees",
        c.JoinCommunity(community="c0ffee", rules=2, note="I keep bees"),
    ),
    ("/agree_to_rules c0ffee 3", c.AgreeToRules(community="c0ffee", rules=3)),
    ("/leave_community c0ffee", c.LeaveCommunity(community="c0ffee")),
    ("/accept_application c0ffee ben", c.AcceptApplication(community="c0ffee", person="BEN1")),
    (
        "/decline_application c0ffee 0123456789abcdef not now",
        c.DeclineApplication(community="c0ffee", person="0123456789abcdef", reason="not now"),
    ),
    ("/invite_to_community c0ffee ben", c.InviteToCommunity(community="c0ffee", person="BEN1")),
    (
        "/withdraw_community_invitation c0ffee ben",
        c.WithdrawCommunityInvitation(community="c0ffee", person="BEN1"),
    ),
    (
        "/set_community_role c0ffee ben role=moderator",
        c.SetCommunityRole(community="c0ffee", person="BEN1", role="moderator"),
    ),
    ("/hand_over_community c0ffee ben", c.HandOverCommunity(community="c0ffee", person="BEN1")),
    (
        "/remove_member c0ffee ben spam",
        c.RemoveMember(community="c0ffee", person="BEN1", reason="spam"),
    ),
    (
        "/ban_from_community c0ffee ben 3d spam",
        c.BanFromCommunity(community="c0ffee", person="BEN1", seconds=259200, reason="spam"),
    ),
    ("/lift_community_ban c0ffee ben", c.LiftCommunityBan(community="c0ffee", person="BEN1")),
    (
        "/list_community_people c0ffee bans 100",
        c.ListCommunityPeople(community="c0ffee", of="bans", offset=100),
    ),
    ("/read_community_log c0ffee 7", c.ReadCommunityLog(community="c0ffee", after=7)),
    ("/add_community_room c0ffee retro", c.AddCommunityRoom(community="c0ffee", room="retro")),
    (
        "/give_up_community_room c0ffee retro",
        c.GiveUpCommunityRoom(community="c0ffee", room="retro"),
    ),
    ("/close_community c0ffee so long", c.CloseCommunity(community="c0ffee", reason="so long")),
    ("/list_events", c.ListEvents()),
    ("/list_events mine", c.ListEvents(of="mine")),
    (
        '/list_events community community=rust after="1.0 x"',
        c.ListEvents(of="community", community="rust", after="1.0 x"),
    ),
    ("/show_event 0011", c.ShowEvent(event="0011")),
    ("/answer_event 0011 yes", c.AnswerEvent(event="0011", answer="yes")),
    (
        "/answer_event 0011 maybe 2027-03-02",
        c.AnswerEvent(event="0011", answer="maybe", day="2027-03-02"),
    ),
    (
        '/plan_event title="Rust talks" start=2027-03-02T18:30 zone=Europe/Paris'
        ' agenda="Welcome | Talks" repeats="every first tuesday" speakers="a1 b2" capacity=20',
        c.PlanEvent(
            title="Rust talks",
            start="2027-03-02T18:30",
            zone="Europe/Paris",
            agenda=("Welcome", "Talks"),
            recurrence=Recurrence(every="month", nth=1, weekdays=("tu",)),
            speakers=("a1", "b2"),
            capacity=20,
        ),
    ),
    (
        '/change_event 0011 3 minutes=90 once=on notice="one talk more"',
        c.ChangeEvent(event="0011", version=3, minutes=90, once=True, notice="one talk more"),
    ),
    (
        "/move_occurrence 0011 3 2027-03-02 2027-03-03T18:30 the hall is taken",
        c.MoveOccurrence(
            event="0011",
            version=3,
            day="2027-03-02",
            start="2027-03-03T18:30",
            notice="the hall is taken",
        ),
    ),
    (
        '/cancel_event 0011 3 day=2027-03-02 notice="holidays"',
        c.CancelEvent(event="0011", version=3, day="2027-03-02", notice="holidays"),
    ),
    ("/list_answers 0011", c.ListAnswers(event="0011")),
    ("/list_answers 0011 2027-03-02 50", c.ListAnswers(event="0011", day="2027-03-02", offset=50)),
    ("/show_calendar", c.ShowCalendar()),
    ("/set_reminder 30", c.SetReminder(minutes=30)),
    ("/make_feed", c.MakeFeed()),
    ("/revoke_feed", c.RevokeFeed()),
    ("/export_events", c.ExportEvents()),
    ("/export_events 0011", c.ExportEvents(event="0011")),
]
