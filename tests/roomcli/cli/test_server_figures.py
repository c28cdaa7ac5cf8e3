"""Tests of a server's figures as lines for a person."""

from __future__ import annotations

from roomcli.cli.server_figures import figure_lines, read_figures

EARLIER = """
# TYPE roomcli_voice_frames_received_total counter
roomcli_voice_frames_received_total{transport="tcp"} 1000
roomcli_voice_frames_received_total{transport="udp"} 0
roomcli_voice_frames_sent_total{transport="tcp"} 300000
roomcli_voice_sent_bytes_total{transport="tcp"} 1e6
roomcli_voice_bundles_skipped_total{transport="tcp"} 7
# TYPE roomcli_tick_lateness_seconds histogram
roomcli_tick_lateness_seconds_bucket{le="0.001"} 50
roomcli_tick_lateness_seconds_bucket{le="0.005"} 100
roomcli_tick_lateness_seconds_bucket{le="+Inf"} 100
process_cpu_seconds_total 10
"""
NOW = """
roomcli_ready 1
roomcli_rooms 2
roomcli_people{role="host"} 2
roomcli_people{role="cohost"} 0
roomcli_people{role="speaker"} 1
roomcli_people{role="listener"} 1300
roomcli_people_away 3
roomcli_connections{place="room"} 1300
roomcli_connections{place="home"} 4
roomcli_connections{place="opening"} 0
# TYPE roomcli_voice_frames_received_total counter
roomcli_voice_frames_received_total{transport="tcp"} 1100
roomcli_voice_frames_received_total{transport="udp"} 100
roomcli_voice_frames_sent_total{transport="tcp"} 430000
roomcli_voice_sent_bytes_total{transport="tcp"} 2e6
roomcli_voice_bundles_skipped_total{transport="tcp"} 7
# TYPE roomcli_tick_lateness_seconds histogram
roomcli_tick_lateness_seconds_bucket{le="0.001"} 145
roomcli_tick_lateness_seconds_bucket{le="0.005"} 200
roomcli_tick_lateness_seconds_bucket{le="+Inf"} 200
process_cpu_seconds_total 10.5
process_start_time_seconds 1000
process_resident_memory_bytes 104857600
roomcli_store_queue_depth 0
roomcli_store_writable 1
"""


def test_what_a_server_does_now_is_told_with_its_rates() -> None:
    before, now = read_figures(EARLIER, 4600.0), read_figures(NOW, 4602.0)
    assert list(figure_lines(now, before)) == [
        "  up 1 h, ready",
        "  rooms        2, with 2 hosts, 1 speaker, 1,300 listeners (3 away)",
        "  connections  1,300 in rooms, 4 in none, 0 coming",
        "  voice        100 frames/s in, 65,000 out (4.0 Mb/s), 0 skipped",
        "  rounds       99% begin at most 5 ms late",
        "  CPU          25% of a core",
        "  memory       100 MiB",
        "  store        all is written",
    ]


def test_the_first_reading_has_no_rates_and_says_what_is_wrong() -> None:
    text = "roomcli_ready 0\nroomcli_store_writable 0\nroomcli_store_queue_depth 12\n"
    lines = list(figure_lines(read_figures(text, 5.0)))
    assert lines[0] == "  lets nobody new in"
    assert lines[1] == "  rooms        0, with nobody"
    assert lines[-1] == "  store        cannot be written: 12 changes wait in memory"
    assert not [line for line in lines if "frames/s" in line]


def test_a_server_that_began_anew_has_no_rates_below_zero() -> None:
    before, now = read_figures(NOW, 10.0), read_figures(EARLIER, 11.0)
    [voice] = [line for line in figure_lines(now, before) if "voice" in line]
    assert voice == "  voice        0 frames/s in, 0 out (0.0 Mb/s), 0 skipped"
