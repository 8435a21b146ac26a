"""How soon the detector finds a rise in risk, and how often it cries wolf.

Run: python -m benchmarks.guarantee.drift [repeats]
"""

import sys

import numpy as np

from triage.guarantee import observe_audits, start_drift


def main() -> None:
    """Print the tables."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rng = np.random.default_rng(21)
    print("alpha  from   to     median audits to alarm  p90   (after 1000 quiet audits)")
    for alpha, before, after in (
        (0.02, 0.01, 0.04), (0.02, 0.01, 0.06), (0.02, 0.01, 0.10), (0.05, 0.025, 0.10),
    ):  # fmt: skip
        waits = []
        for _ in range(repeats):
            state = observe_audits(start_drift(alpha), rng.random(1_000) < before)
            waits.append(observe_audits(state, rng.random(8_000) < after).audits - state.audits)
        median, late = np.quantile(waits, [0.5, 0.9])
        print(f"{alpha:.2f}   {before:.3f}  {after:.3f}  {median:6.0f}  {late:20.0f}", flush=True)
    print("alpha  risk   false alarms within 5000 audits")
    for alpha in (0.02, 0.05):
        for risk in (alpha / 2, alpha):
            alarms = [
                observe_audits(start_drift(alpha), rng.random(5_000) < risk).alarm
                for _ in range(repeats)
            ]
            print(f"{alpha:.2f}   {risk:.3f}  {np.mean(alarms):.4f}", flush=True)


if __name__ == "__main__":
    main()
