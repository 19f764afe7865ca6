"""The official OpenAI SDK for Python, unchanged, against the service."""

import openai
from openai import OpenAI

from common import AWAY, KEY, PANEL, URL, cases, check, check_text, ended, run


def raised(what, kinds, ask):
    """Asking must raise one of these errors."""
    try:
        got = ask()
    except kinds as error:
        check(what, True)
        return error
    except Exception as error:  # another one than that
        check(what, False, repr(error))
        return None
    check(what, False, got)
    return None


def as_it_comes(messages):
    """A client with nothing set but its address and its key."""
    client = OpenAI(base_url=f"{URL}/v1", api_key=KEY)
    answer = client.chat.completions.create(model=PANEL, messages=messages)
    check_text("default settings, chat", answer.choices[0].message.content or "")
    chunks = client.chat.completions.create(model=PANEL, messages=messages, stream=True)
    text = "".join(one.delta.content or "" for chunk in chunks for one in chunk.choices)
    check_text("default settings, stream", text)

    # It tries again what failed, unless it is told not to: a consult that came
    # to nothing is not bought once more.
    ask = lambda **more: client.chat.completions.create(model=AWAY, messages=messages, **more)
    before = ended(AWAY)
    error = raised("no answer is an InternalServerError", openai.InternalServerError, ask)
    check("no answer has its code", error is not None and error.code == "no-answer", error)
    check("it was begun once", ended(AWAY) == before + 1, ended(AWAY) - before)
    before = ended(AWAY)
    raised("in a stream it is an APIError", openai.APIError, lambda: list(ask(stream=True)))
    check("that was begun once, too", ended(AWAY) == before + 1, ended(AWAY) - before)


def main():
    client = OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0, timeout=50)
    _, question, _ = cases()[0]
    messages = [{"role": "user", "content": question}]

    models = [model.id for model in client.models.list()]
    check("models.list names the panel", PANEL in models, models)
    check("models.retrieve gives it", client.models.retrieve(PANEL).id == PANEL)

    answer = client.chat.completions.create(model=PANEL, messages=messages)
    choice = answer.choices[0]
    text = choice.message.content or ""
    check_text("chat", text)
    check("chat: ended with stop", choice.finish_reason == "stop", choice.finish_reason)
    check("chat: one choice, of the assistant", len(answer.choices) == 1 and choice.message.role == "assistant")
    usage = answer.usage
    check(
        "chat: usage is summed",
        usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0,
        usage,
    )

    streamed, ends, counts = [], [], []
    options = {"include_usage": True}
    for chunk in client.chat.completions.create(
        model=PANEL, messages=messages, stream=True, stream_options=options
    ):
        for one in chunk.choices:
            streamed.append(one.delta.content or "")
            if one.finish_reason:
                ends.append(one.finish_reason)
        if chunk.usage:
            counts.append((len(chunk.choices), chunk.usage))
    check_text("stream", "".join(streamed))
    check("stream: ended with stop, once", ends == ["stop"], ends)
    check(
        "stream: usage once, in a last chunk of its own",
        len(counts) == 1 and counts[0][0] == 0 and counts[0][1].total_tokens > 0,
        counts,
    )
    plain = client.chat.completions.create(model=PANEL, messages=messages, stream=True)
    check("stream: no usage that was not asked for", not [1 for chunk in plain if chunk.usage])

    as_it_comes(messages)

    stranger = OpenAI(base_url=f"{URL}/v1", api_key="primum_wrong_key", max_retries=0)
    ask = lambda who, model, words: who.chat.completions.create(
        model=model, messages=[{"role": "user", "content": words}]
    )
    raised("a wrong key is an AuthenticationError", openai.AuthenticationError, lambda: ask(stranger, PANEL, question))
    raised("for the models too", openai.AuthenticationError, lambda: list(stranger.models.list()))
    raised("an unknown model is a NotFoundError", openai.NotFoundError, lambda: ask(client, "no-such-panel", question))
    raised("so it is when retrieved", openai.NotFoundError, lambda: client.models.retrieve("no-such-panel"))
    bad = (openai.BadRequestError, openai.UnprocessableEntityError)
    error = raised("an empty question is refused", bad, lambda: ask(client, PANEL, " "))
    if error is not None:
        check("an error has a code and says what is wrong", bool(error.code) and bool(error.message), error)
    marked = "MARK-python-sdk-7d1f"
    error = raised("two choices are refused", bad, lambda: client.chat.completions.create(
        model=PANEL, n=2, messages=[{"role": "user", "content": f"{question} {marked}"}]))
    check("no error repeats the question", error is not None and marked not in str(error), error)


run(main)
