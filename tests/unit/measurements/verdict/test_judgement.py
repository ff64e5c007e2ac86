"""A hop's layers together."""

from measurements.schema.words import Layer
from tests.fakes.measurements import IP, D, a_measurement


def test_the_outermost_layer_that_keeps_a_user_out_decides() -> None:
    """Those that pass, and those that say nothing, do not."""
    told = a_measurement("https://t.example/").control(IP).system(IP)
    denied = a_measurement("https://t.example/").control(IP).system(why="dns_nxdomain_error")

    silent, both = told.tcp().tls(D), denied.tcp(IP).tls(D)

    found = [s.assessed().judged[0].deciding for s in (silent, both)]
    assert [Layer.TLS, Layer.DNS] == [f.layer for f in found if f is not None]
    opened = a_measurement("https://t.example/").control(IP).system(IP).opens()
    assert opened.assessed().judged[0].deciding is None


def test_a_layer_is_found_by_its_name() -> None:
    """The side TLS of a page in the clear as well; QUIC has no table."""
    judged = a_measurement("http://t.example/").control(IP).system(IP).tcp(port=443).tls(D).opens()

    hop = judged.assessed().judged[0]

    side = hop.of(Layer.TLS)
    assert side is hop.side_tls is not None
    assert hop.of(Layer.QUIC) is None
    assert hop.deciding is None
