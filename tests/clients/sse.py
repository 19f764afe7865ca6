"""A client of server-sent events that loses its connection again and again in
mid-deliberation, and misses no event. Standard library only."""

import http.client
import json
from urllib.parse import urlsplit

from common import KEY, SLOW, URL, cases, check, check_text, run

AUTH = {"Authorization": f"Bearer {KEY}"}


def call(method, path, body=None, headers=None):
    """One request; status, headers and JSON."""
    connection = http.client.HTTPConnection(urlsplit(URL).netloc, timeout=30)
    sent = None if body is None else json.dumps(body)
    all_headers = {**AUTH, **({"Content-Type": "application/json"} if body else {}), **(headers or {})}
    connection.request(method, path, sent, all_headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.headers, json.loads(text)


def events(path, last=None, most=None):
    """Reads events until the stream ends, or until `most` are read and the
    connection is cut. Returns them, and whether the stream had ended."""
    connection = http.client.HTTPConnection(urlsplit(URL).netloc, timeout=30)
    headers = {**AUTH, "Accept": "text/event-stream"}
    if last is not None:
        headers["Last-Event-ID"] = str(last)
    connection.request("GET", path, None, headers)
    answer = connection.getresponse()
    assert answer.status == 200, (answer.status, answer.read())
    assert answer.headers["Content-Type"].startswith("text/event-stream"), answer.headers
    read, fields = [], {}
    for line in answer:
        line = line.decode("utf-8").rstrip("\r\n")
        if line.startswith(":"):  # keeps the connection alive
            continue
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if fields:
            read.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
            fields = {}
        if most is not None and len(read) >= most:
            break
    else:
        connection.close()
        return read, True
    connection.close()
    return read, False


def main():
    _, question, _ = cases()[0]
    body = {"question": question, "panel": SLOW}
    status, headers, consult = call("POST", "/v1/consults", body)
    check("a job is taken with 202", status == 202, (status, consult))
    where = headers["Location"]
    check("and says where it is", where == f"/v1/consults/{consult['id']}", where)

    seen, cuts, ended, last = [], 0, False, None
    while not ended and cuts < 200:
        # By ones and twos, so that most connections are cut in mid-stage.
        got, ended = events(f"{where}/events", last, most=1 + cuts % 2)
        seen += got
        if got:
            last = got[-1][0]
        if not ended:
            cuts += 1
            if cuts == 3:
                state = call("GET", where)[2]["state"]
                check("the connection was cut in mid-deliberation", state == "running", state)
    numbers = [number for number, _, _ in seen]
    kinds = [kind for _, kind, _ in seen]
    check(f"{cuts} cuts, no gap and no repeat", cuts > 3 and numbers == list(range(1, len(seen) + 1)), numbers)
    check("every event carries its number and time", all(d["seq"] == n and d["at"] for n, _, d in seen), seen)
    check("the last event is finished, and there is one", kinds.count("finished") == 1 and kinds[-1] == "finished", kinds)
    check("the stages were watched", {"started", "asked", "answered"} <= set(kinds), kinds)

    whole, ended = events(f"{where}/events")
    check("read again from the start it is the same", ended and whole == seen, [kind for _, kind, _ in whole])
    tail, ended = events(f"{where}/events", last=numbers[-1])
    check("after the last event nothing comes", ended and tail == [], tail)
    said = json.dumps([data for _, _, data in seen])
    check("no event repeats the question", question[:40] not in said, said)

    status, _, consult = call("GET", where)
    check("the job is answered", status == 200 and consult["state"] == "answered", (status, consult.get("state")))
    check_text("the answer", consult.get("text") or "")
    check("it is not released", consult["released"] is False)


run(main)
