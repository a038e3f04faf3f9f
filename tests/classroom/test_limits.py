"""Limit how often an address may do something: buckets, and the addresses that share one."""

from viz.classroom.limits import MOST_ADDRESSES, Buckets, network_of


def test_buckets_are_bounded_and_addresses_of_a_network_share_one():
    now = [0.0]
    buckets = Buckets(2, 1.0, lambda: now[0])
    assert [buckets.take("a") for _ in range(3)] == [True, True, False]
    now[0] += 1.5
    assert [buckets.take("a") for _ in range(2)] == [True, False]
    for number in range(MOST_ADDRESSES + 10):
        buckets.take(str(number))
    assert len(buckets) == MOST_ADDRESSES
    assert (
        network_of("2001:db8:1:2::7") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    )
    assert network_of("2001:db8:1:3::7") != network_of("2001:db8:1:2::7")
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert len(network_of("x" * 500)) == 64
