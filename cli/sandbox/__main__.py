"""`python -m cli.sandbox --port P`: run the vendor sandbox until it is told to stop."""

import json
import signal
from argparse import ArgumentParser, Namespace
from threading import Event, Thread

from cli.sandbox.server import Server
from hub.clock import Clock


def main() -> None:
    options = _options()
    server = Server(options.port, Clock(speed=options.speed, origin=options.origin, start=options.start))
    stopped = Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stopped.set())
    Thread(target=server.serve_forever, daemon=True).start()
    print("READY " + json.dumps({"sandbox": server.url}), flush=True)
    stopped.wait()
    server.shutdown()
    server.server_close()


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m cli.sandbox", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="0 (the default) takes a free one, told in the READY line"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="hub seconds a real second")
    parser.add_argument(
        "--origin", type=int, default=0, help="real instant, in ms, at which hub time was --start"
    )
    parser.add_argument("--start", type=int, default=0, help="hub time, in ms, at --origin")
    return parser.parse_args()


if __name__ == "__main__":
    main()
