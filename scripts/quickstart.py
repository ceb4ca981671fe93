"""The two readers that quickstart.sh needs: the ready file's addresses as shell words, and an answer for a person.

    quickstart.py addresses READY_FILE     prints listen=... and admin=...
    quickstart.py answer HEADERS BODY      prints answer, decision and cost; fails when the answer is not a 200
"""
import json
import shlex
import sys


def addresses(path):
    with open(path, encoding="utf-8") as file:
        ready = json.load(file)
    return ready["listen"], ready["admin_listen"]


def read_headers(path):
    """The last status and the headers of a curl --dump-header file (an interim 100 may come before)."""
    status, headers = 0, {}
    with open(path, encoding="latin-1") as file:
        for line in file:
            line = line.rstrip("\r\n")
            if line.startswith("HTTP/"):
                status, headers = int(line.split()[1]), {}
            elif ":" in line:
                name, value = line.split(":", 1)
                headers[name.strip().lower()] = value.strip()
    return status, headers


def print_answer(headers_path, body_path):
    status, headers = read_headers(headers_path)
    with open(body_path, encoding="utf-8") as file:
        body = file.read()
    if status != 200:
        print(f"status     {status}\n{body}", file=sys.stderr)
        return 1
    answer = json.loads(body)
    nominal = " (a nominal price: nothing was paid)" if answer["pontage"].get("cost", {}).get("nominal") else ""
    rows = [
        ("answer", answer["choices"][0]["message"]["content"]),
        ("provider", f"{headers['x-pontage-provider']} / {headers['x-pontage-model']}"),
        ("decision", headers["x-pontage-decision"]),
        ("attempts", headers["x-pontage-attempts"]),
        ("tokens", json.dumps(answer.get("usage", {}))),
        ("cost", f"{headers['x-pontage-cost-usd']} USD{nominal}"),
        ("overhead", f"{headers.get('x-pontage-overhead-us', '?')} us"),
        ("request id", headers["x-pontage-request-id"]),
    ]
    print()
    for name, value in rows:
        print(f"{name:<11}{value}")
    print("\nthe decision trace (x-pontage-debug: 1):")
    print(json.dumps(answer["pontage"], indent=2, ensure_ascii=False))
    return 0


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "addresses":
        listen, admin = addresses(arguments[1])
        print(f"listen={shlex.quote(listen)} admin={shlex.quote(admin)}")
        return 0
    if len(arguments) == 3 and arguments[0] == "answer":
        return print_answer(arguments[1], arguments[2])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
