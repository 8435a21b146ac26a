"""What Prometheus reads: requests and answers, and nothing that tells one item from another."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class Meters:
    """The counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "triage_http_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "triage_http_seconds",
            "Time from a request's first byte to its answer's last.",
            ["method", "route"],
            buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
            registry=self._registry,
        )
        self.answers = Counter(
            "triage_answers",
            "Experts' answers, by whether they were new.",
            ["known"],
            registry=self._registry,
        )
        self.sign_ins = Counter(
            "triage_sign_ins",
            "Sign-ins by way and outcome.",
            ["way", "outcome"],
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry)
