"""Finding what the control said."""

from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlFailed,
    ControlHTTP,
    Measurement,
)


def test_control_by_hop() -> None:
    """Each hop has its own; None where it was not asked."""
    failed = ControlFailed(depth=1, url="http://b.example/", failure="eof_error")
    measurement = Measurement(
        measurement_uid="u",
        run_id="r",
        input="http://a.example/",
        measurement_start_time="2026-11-23T06:17:26Z",
        test_start_time="2026-11-23T06:17:26Z",
        test_runtime=1.0,
        software_name="anyqta",
        software_version="0",
        controls=(failed,),
    )
    assert measurement.control(1) is failed
    assert measurement.control(0) is None


def test_endpoint_by_address() -> None:
    """By address and port; None where the control did not look."""
    endpoint = ControlEndpoint(ip="192.0.2.1", port=443)
    answered = ControlAnswered(
        depth=0,
        url="http://a.example/",
        address="https://control.example/",
        dns=ControlDNS(),
        http=ControlHTTP(),
        endpoints=(endpoint,),
    )
    assert answered.endpoint("192.0.2.1", 443) is endpoint
    assert answered.endpoint("192.0.2.1", 80) is None
