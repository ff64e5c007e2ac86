from measurements.analysis.company import Arrival, in_company, senders


def came(
    key: int,
    sender: int | None,
    *,
    asn: int = 1,
    url: str = "u",
    day: str = "2026-10-05",
    received: str = "",
    alone: bool = False,
) -> Arrival:
    return Arrival(
        key=key,
        url=url,
        cc="KZ",
        asn=asn,
        day=day,
        received=received or day,
        sender=sender,
        alone=alone,
    )


def test_a_cell_needs_k_senders() -> None:
    assert in_company([came(1, 1), came(2, 1)], k=2) == {}
    assert in_company([came(1, 1), came(2, 2)], k=2) == {1: 1, 2: 1}


def test_who_has_no_key_is_one() -> None:
    assert in_company([came(1, None), came(2, None)], k=2) == {}
    assert set(in_company([came(1, None), came(2, 3)], k=2)) == {1, 2}


def test_one_person_in_two_months_is_one() -> None:
    two = [came(1, 1, received="2026-10-31"), came(2, 2, received="2026-11-01")]
    assert senders(two) == 1
    assert in_company(two, k=2) == {}


def test_small_networks_are_merged() -> None:
    two = [came(1, 1, asn=1), came(2, 2, asn=2)]
    assert in_company(two, k=2) == {1: None, 2: None}


def test_a_page_of_one_person_is_left_out_unless_it_is_on_a_list() -> None:
    three = [came(1, 1), came(2, 2), came(3, 1, url="odd")]
    assert set(in_company(three, k=2)) == {1, 2}
    assert set(in_company(three, k=2, listed=frozenset({"odd"}))) == {1, 2, 3}


def test_who_agreed_is_published_alone_and_is_nobodys_company() -> None:
    assert in_company([came(1, 1, alone=True)], k=2) == {1: None}
    assert set(in_company([came(1, 1, alone=True), came(2, 2)], k=2)) == {1}


def test_who_comes_late_waits_for_company() -> None:
    first = [came(1, 1), came(2, 2)]
    late = came(3, 3, received="2026-10-20")
    assert set(in_company([*first, late], k=2)) == {1, 2}
    assert set(in_company([*first, late, came(4, 1, received="2026-10-21")], k=2)) == {1, 2, 3, 4}
