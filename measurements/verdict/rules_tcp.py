"""The TCP table (methods.md §1.5, §2.3 L2-L3). First match wins; ids are for ever."""

from measurements.schema.words import Layer, Locus, Status, Trigger
from measurements.verdict.rule import Rule
from measurements.verdict.symbols import Decision
from measurements.verdict.view_tcp import TCPView


def _trigger(v: TCPView) -> Trigger | None:
    if v.other_port_ok:
        return Trigger.IP_PORT
    return Trigger.IP if v.other_port_dead else None


TCP_RULES: tuple[Rule[TCPView], ...] = (
    Rule(
        id="tcp.no_data",
        layer=Layer.TCP,
        when=lambda v: not v.connects,
        status=None,
        why="No address of {host} could be tried.",
    ),
    Rule(
        id="tcp.connected",
        layer=Layer.TCP,
        when=lambda v: v.any_ok,
        status=Status.ACCESSIBLE,
        why="{host} answers connections.",
        confidence=0.98,
    ),
    Rule(
        id="tcp.no_ipv6",
        layer=Layer.TCP,
        when=lambda v: v.no_ipv6,
        status=Status.INCONCLUSIVE,
        why="{host} has IPv6 addresses only, and IPv6 does not work on this network.",
        locus=Locus.LOCAL,
        confidence=0.9,
    ),
    Rule(
        id="tcp.local",
        layer=Layer.TCP,
        when=lambda v: not v.counted or v.unreachable_here,
        status=Status.INCONCLUSIVE,
        why="This computer could not even try to connect to {host}.",
        locus=Locus.LOCAL,
        confidence=0.8,
    ),
    Rule(
        id="tcp.nobody_there",
        layer=Layer.TCP,
        when=lambda v: v.control_fails and v.doubtful and v.site_answers_elsewhere,
        status=Status.INCONCLUSIVE,
        why="This network's resolver sends {host} to {endpoint}, where nobody answers ({how}), the control neither; "
        "the site answers at other addresses. The resolver may lie, or know an old address.",
        locus=Locus.RESOLVER,
        confidence=0.6,
    ),
    Rule(
        id="tcp.dead_address",
        layer=Layer.TCP,
        when=lambda v: v.dead_address,
        status=Status.INCONCLUSIVE,
        why="{endpoint} does not answer ({how}), and answers nobody outside; yet {host} is up at other "
        "addresses: an old answer, a broken node, or a false one.",
        confidence=0.7,
    ),
    Rule(
        id="tcp.down",
        layer=Layer.TCP,
        when=lambda v: v.control_fails,
        status=Status.DOWN,
        why="{endpoint} does not answer ({how}), and the control cannot connect to it either.",
        locus=Locus.SERVER,
        confidence=0.93,
    ),
    Rule(
        id="tcp.line_dead",
        layer=Layer.TCP,
        when=lambda v: v.line_dead,
        status=Status.INCONCLUSIVE,
        why="{endpoint} does not answer ({how}); but the control's address did not answer either, "
        "at the same time.",
        locus=Locus.LOCAL,
        confidence=0.8,
    ),
    Rule(
        id="tcp.flaky",
        layer=Layer.TCP,
        when=lambda v: v.decision is Decision.CLEAN,
        status=Status.INCONCLUSIVE,
        why="{endpoint} failed once ({how}) and answered each time that it was tried again.",
        confidence=0.6,
        wants=("revisit",),
    ),
    Rule(
        id="tcp.blocked",
        layer=Layer.TCP,
        when=lambda v: v.control_ok and v.decision is Decision.BROKEN,
        status=Status.BLOCKED,
        why="{endpoint} failed {tries} times out of {tries} ({how}), while the control connects "
        "to it.",
        mechanism=lambda v: v.mechanism,
        trigger=_trigger,
        locus=Locus.NETWORK,
        confidence=0.95,
    ),
    Rule(
        id="tcp.blocked_mostly",
        layer=Layer.TCP,
        when=lambda v: v.control_ok and v.experimented,
        status=Status.INCONCLUSIVE,
        why="{endpoint} fails now and then ({how}), while the control connects to it: too uneven "
        "to call.",
        confidence=0.5,
        wants=("revisit",),
    ),
    Rule(
        id="tcp.blocked_once",
        layer=Layer.TCP,
        when=lambda v: v.control_ok,
        status=Status.BLOCKED,
        why="{endpoint} does not answer here ({how}), while the control connects to it.",
        mechanism=lambda v: v.mechanism,
        trigger=_trigger,
        locus=Locus.NETWORK,
        confidence=0.8,
        wants=("ip_port",),
    ),
    Rule(
        id="tcp.no_control",
        layer=Layer.TCP,
        when=lambda _: True,
        status=Status.INCONCLUSIVE,
        why="{endpoint} does not answer ({how}), and no control could say whether it answers "
        "others.",
        confidence=0.5,
    ),
)
