"""measurements/collector/metrics.py: counted, without a word of who."""

from measurements.collector.jobs import ItemAnswer, Refusal, Reply
from measurements.collector.metrics import Metrics


def test_what_happened_is_counted() -> None:
    """In the text, and for the log's minute, which begins again."""
    metrics = Metrics()
    accepted = ItemAnswer(measurement_uid="u", status="accepted", quarantined=True)
    refused = ItemAnswer(measurement_uid="v", status="rejected", code="invalid", says="…")
    metrics.replied("batch", Reply(outcomes=(accepted, accepted, refused)), 0.2)
    metrics.replied("ooni", Reply(error=Refusal(status=503, code="busy", says="")), 0.1)
    metrics.refused("busy")
    metrics.withdrew(Reply(outcomes=(ItemAnswer(measurement_uid="u", status="withdrawn"),)))
    metrics.watch("anyqta_queue", "waiting", lambda: 7)
    text = metrics.text().decode()
    for line in (
        'anyqta_submissions_total{outcome="answered",protocol="batch"} 1.0',
        'anyqta_submissions_total{outcome="refused",protocol="ooni"} 1.0',
        'anyqta_documents_total{code="",status="accepted"} 2.0',
        'anyqta_documents_total{code="invalid",status="rejected"} 1.0',
        "anyqta_quarantined_total 2.0",
        'anyqta_refusals_total{code="busy"} 1.0',
        'anyqta_withdrawals_total{status="withdrawn"} 1.0',
        "anyqta_submission_seconds_count 2.0",
        "anyqta_queue 7.0",
    ):
        assert line in text
    assert metrics.minute() == {"accepted": 2, "refused_busy": 1, "rejected": 1, "withdrawn": 1}
    assert metrics.minute() == {}
