"""`triage`, and `python -m triage`: what an interrupt meets before a command begins, and after."""

import sys


def run() -> None:
    """Run the command line and leave with its exit status."""
    try:
        # imported here: on a busy machine an interrupt may well come while this takes its time
        from triage.cli import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("stopped before anything was done\n")
        sys.exit(130)
    finally:
        import signal

        # all is said and stored: one that comes now could only break off the tidying up
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    run()
