"""One run of the peer `rlms` (alexzhang13/rlm, local environment) against an endpoint; for `bench_peer.py`.

    PYTHON peer_rlms.py JOB        PYTHON has rlms installed, and nothing of ours; prints one JSON object

JOB is a JSON object: `base_url`, `line` and `times` (of which the context is made), `turns`. It prints the seconds of
each turn, from the call of the method that is one to the next call, and the answer. (Version 0.1.3 has callbacks for
turns, and never calls them.)
"""

import json
import sys
import time

from rlm import RLM


class Timed(RLM):
    """Notes when each turn begins."""

    began: tuple[float, ...] = ()

    def _completion_turn(self, *args: object, **settings: object) -> object:
        self.began += (time.perf_counter(),)
        return super()._completion_turn(*args, **settings)


def main(job: dict) -> None:
    """Run, print."""
    endpoint = {"base_url": job["base_url"], "api_key": "none"}
    engine = Timed(
        backend="openai",
        backend_kwargs=endpoint | {"model_name": "root"},
        other_backends=["openai"],
        other_backend_kwargs=[endpoint | {"model_name": "sub"}],
        environment="local",
        max_iterations=job["turns"],
    )
    made = engine.completion(job["line"] * job["times"], root_prompt="How long is it?")
    seconds = [end - began for began, end in zip(engine.began, engine.began[1:], strict=False)]
    print(json.dumps({"turns": seconds, "answer": made.response}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
