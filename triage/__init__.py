"""Label reasoning steps: plugins propose, a certificate accepts, experts decide the rest."""

__version__ = "0.1.0"
