"""The whole way with the real Label Studio: from an empty one to a signed certificate.

    python tests/e2e/label_studio.py --label-studio .e2e/label-studio/bin/label-studio

Starts Label Studio and `triage serve` on loopback in a folder of its own, connects them, imports
200 traces, waits for predictions, labels once in the page, labels a blind project over the API,
signs, and looks at what is exported. With TRIAGE_SCREENS set, and on the project's own examples, it
keeps a picture of the page there.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from machines import (
    MAIL,
    PASSWORD,
    TOKEN,
    Api,
    Cli,
    answers,
    free_port,
    label_studio,
    require,
    running,
    wait_for,
)

from triage.examples import paths

DOMAINS = ("math", "logic", "medical", "legal", "music", "general", "agent qa")
SETS: Final = ("mrmath_redundant", "apb_hotpotqa")
TRACES: Final = 200
PLANS: Final = {
    True: ("--alpha", "0.3", "--labels", "60", "--coverage", "0.6"),
    False: ("--alpha", "0.5"),
}
"""What is to be promised, by whether there are many clear steps."""


def traces(folder: Path) -> Path:
    """200 real traces where TRIAGE_DATA points to them, else the project's own examples."""
    rows: list[str] = []
    data = os.environ.get("TRIAGE_DATA")
    if data:
        for name in SETS:
            rows += (Path(data) / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        random.Random(5).shuffle(rows)
    else:
        for path in paths():
            rows += path.read_text(encoding="utf-8").splitlines()
    out = folder / "traces.jsonl"
    out.write_text("\n".join(rows[:TRACES]) + "\n", encoding="utf-8")
    return out


def truths(file: Path) -> dict[tuple[str, int], str]:
    """What the traces' own experts said, where they gave one of the four labels."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for step, word in enumerate((row.get("human") or {}).get("step_labels") or ()):
            if word in ("necessary", "redundant", "incorrect", "incomplete"):
                found[row["id"], step] = word
    return found


def label_in_the_page(url: str, project: int) -> None:
    """Sign in, press a key, submit: what a person does."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    require(chromium, "Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", MAIL)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(lambda address: "/login" not in address)
        page.goto(f"{url}/projects/{project}/data?labeling=1")
        submit = page.get_by_test_id("bottombar-submit-button")
        submit.wait_for(timeout=120_000)
        chosen = page.locator("input[type=radio]:checked")
        chosen.first.wait_for(timeout=60_000)
        time.sleep(1)
        # a picture is kept of our own examples only: others' texts are not ours to show
        if (screens := os.environ.get("TRIAGE_SCREENS")) and not os.environ.get("TRIAGE_DATA"):
            page.screenshot(path=Path(screens) / "label-studio-step.png")
        page.keyboard.press("3")
        time.sleep(1)
        with page.expect_response("**/annotations*") as reply:
            submit.click()
        require(reply.value.status == 201, f"the page could not submit: {reply.value.status}")
        browser.close()


def main() -> None:
    """Go all the way, and tell what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--label-studio", type=Path, required=True)
    program: Path = parser.parse_args().label_studio.absolute()
    began = time.monotonic()

    def step(what: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {what}", flush=True)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-e2e-")))
        port, own = free_port(), free_port()
        url, backend = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{own}/label-studio"
        step("an empty Label Studio starts")
        command, environment = label_studio(program, folder / "label-studio", port)
        stack.enter_context(running(command, folder / "label-studio.log", environment))
        wait_for("Label Studio", lambda: answers(f"{url}/api/version"))
        api = Api(url)
        step(f"Label Studio {api('GET', '/api/version')['release']} answers")
        require(api("GET", "/api/projects")["count"] == 0, "it is not empty")

        settings = {"TRIAGE_LABEL_STUDIO_URL": url, "TRIAGE_LABEL_STUDIO_TOKEN": TOKEN}
        triage = Cli(folder, os.environ | settings)
        file = traces(folder)
        told = triage("run", file, "--json")
        step(f"{told['traces']} traces, {told['steps']} steps, {told['held']} clear")
        credentials = [word for name in DOMAINS for word in ("--credential", name)]
        for expert in (MAIL, "bob", "eve"):
            triage("experts", "add", expert, *credentials)
        serve = [sys.executable, "-m", "triage", "serve", "--port", str(own)]
        stack.enter_context(running(serve, folder / "serve.log", triage.environment))
        wait_for("triage serve", lambda: answers(backend + "/health"))

        steps = triage(
            "label-studio", "connect", "--title", "Steps", "--backend", backend, "--json"
        )
        require(steps["strangers"] == [], f"strangers: {steps['strangers']}")
        require("SSRF_PROTECTION_ENABLED=false" in str(steps["advice"]), "no word on the settings")
        triage("export", "label-studio", "--project", str(steps["project"]))
        tasks = api.tasks(steps["project"])
        predicted = [one for one in tasks if one["total_predictions"]]
        step(f"{len(tasks)} tasks, {len(predicted)} of them with predictions")
        require(predicted, "there are no predictions")

        see_a_stranger_predicted(api, triage, backend, step)

        label_in_the_page(url, steps["project"])
        wait_for("the verdict", lambda: bool(log(triage)))
        (verdict,) = log(triage)
        require(verdict["label"] == "incorrect", f"the key was 3, the verdict is {verdict}")
        require(verdict["mode"] == "assisted" and verdict["expert"] == MAIL, str(verdict))
        step("an annotation made in the page is a verdict given with help")

        certify(api, triage, backend, truths(file), PLANS[told["held"] > 150], step)
        step("done")


def see_a_stranger_predicted(
    api: Api, triage: Cli, backend: str, step: Callable[[str], None]
) -> None:
    """A trace that only Label Studio has: its prediction is computed behind and pushed."""
    done = triage(
        "label-studio", "connect", "--title", "Traces", "--view", "trace",
        "--backend", backend, "--json",
    )  # fmt: skip
    data = {
        "id": "stranger",
        "domain": "math",
        "problem": "What is 12 × 12 + 1?",
        "steps": [{"name": "Step 1", "text": "12 × 12 = 146"},
                  {"name": "Step 2", "text": "146 + 1 = 147, so the answer is 147."}],
    }  # fmt: skip
    api("POST", f"/api/projects/{done['project']}/import", [{"data": data}])
    wait_for(
        "the pushed prediction",
        lambda: bool(api.tasks(done["project"])[0]["total_predictions"]),
    )
    (task,) = api.tasks(done["project"])
    region = task["predictions"][0]["result"][0]["value"]
    require(region["paragraphlabels"] == ["incorrect"] and region["start"] == "0", str(region))
    step("a trace that was unknown is predicted a moment later")


def certify(
    api: Api,
    triage: Cli,
    backend: str,
    truth: dict[tuple[str, int], str],
    plan: tuple[str, ...],
    step: Callable[[str], None],
) -> None:
    """Label the sample in a blind project, the second labels in the terminal, and sign."""
    triage("certify", "plan", *plan)
    triage("certify", "draw", "--seed", "7")
    blind = triage(
        "label-studio", "connect", "--title", "Blind", "--blind", "--backend", backend, "--json"
    )
    triage("export", "label-studio", "--project", str(blind["project"]))
    tasks = api.tasks(blind["project"])
    drawn = {(one["trace_id"], one["step"]): one for one in decisions(triage, "audit")}
    of_sample = [one for one in tasks if place(one) in drawn]
    require(len(of_sample) == len(drawn), "the sample is not among the blind tasks")
    api(
        "POST",
        f"/api/dm/actions?id=retrieve_tasks_predictions&project={blind['project']}",
        {"selectedItems": {"all": True, "excluded": []}},
    )
    require(
        not any(one["total_predictions"] for one in api.tasks(blind["project"])),
        "a blind project has predictions",
    )
    step(f"{len(tasks)} blind tasks without predictions, {len(of_sample)} of them of the sample")
    for task in of_sample:
        word = truth.get(place(task)) or drawn[place(task)]["label"] or "necessary"
        region = {"id": "a", "from_name": "label", "to_name": "step", "type": "choices",
                  "value": {"choices": [word]}}  # fmt: skip
        api("POST", f"/api/tasks/{task['id']}/annotations", {"result": [region], "lead_time": 5})
    said = [one for one in log(triage) if one["mode"] == "blind"]
    require(len(said) == len(of_sample), f"{len(said)} blind verdicts of {len(of_sample)}")
    again = triage("import", "label-studio", "--project", str(blind["project"]), "--json")
    require(again == {"new": 0, "known": len(said), "rejected": 0}, f"imported again: {again}")
    step(f"{len(said)} blind verdicts came by the webhook; an import finds nothing new")
    for one in [one for one in decisions(triage, "audit") if one["final"] is None]:
        key = (one["trace_id"], one["step"])
        word = truth.get(key) or drawn[key]["label"] or "necessary"
        triage("queue", "submit", key[0], str(key[1]), word, "--expert", "bob")
    signed = triage("certify", "sign", "--json")
    accepted = decisions(triage, "accept")
    step(f"signed: {len(accepted)} steps are accepted under a certificate")
    require(accepted and all(one["certificate"] for one in accepted), f"nothing accepted: {signed}")
    triage("export", "verdicts", "--out", "log.jsonl")
    triage("export", "trl", "--out", "train.jsonl")
    require((triage.folder / "train.jsonl").stat().st_size, "nothing to train on")


def log(triage: Cli) -> list[dict[str, Any]]:
    lines: str = triage("export", "verdicts")
    return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


def decisions(triage: Cli, action: str) -> list[dict[str, Any]]:
    triage("export", "decisions", "--out", "decisions.jsonl")
    lines = (triage.folder / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["decision"] == action]


def place(task: dict[str, Any]) -> tuple[str, int]:
    return task["data"]["trace_id"], task["data"]["step_index"]


if __name__ == "__main__":
    main()
