"""`backoffice up` as a whole: real servers, real workers, real signals."""

from __future__ import annotations

import http.client
import signal
import socket
import time

import psutil
import psycopg
import pytest

from backoffice import migrate
from backoffice.servers import ports, roles
from tests.support import copies, databases, servers

PROGRAMS = {"web", "worker money", "worker default", "worker bulk", "scheduler"}
SERVERS = {"postgres", "valkey-server", "sandbox", "sandbox.mail"}


@pytest.fixture(scope="module")
def copy():
    """One copy for the tests that leave it running."""
    folder = servers.new_folder("copy")
    with copies.running(folder / "var", folder / "output") as copy:
        yield copy


@pytest.fixture
def place():
    """A folder for one copy."""
    return servers.new_folder("copy")


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def eventually(condition, seconds):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.1)


def gone(processes):
    return all(not one.is_running() or one.status() == psutil.STATUS_ZOMBIE for one in processes)


class TestRunning:
    def test_starts_every_process(self, copy):
        assert set(copy.children()) == PROGRAMS | SERVERS

    def test_prints_address_and_one_sign_in_per_role(self, copy):
        assert f"http://127.0.0.1:{copy.port}" in copy.said
        for role in ("admin", "finance", "logistics", "vendor"):
            assert f"{role}@demo.example" in copy.said

    def test_serves_the_sign_in_page(self, copy):
        answer, _ = get(copy.port, "/")
        assert answer.status in {302, 303}
        answer, body = get(copy.port, answer.getheader("Location"))
        assert answer.status == 200
        assert 'type="password"' in body

    def test_only_workers_have_the_stripe_key(self, copy):
        """M16: whoever takes over the web process finds no key to the money."""
        for name, process in copy.children().items():
            assert ("STRIPE_API_KEY" in process.environ()) is name.startswith("worker"), name

    def test_only_the_web_process_believes_webhooks(self, copy):
        """WEB-1: nobody else could take an event in, or make one up."""
        for name, process in copy.children().items():
            assert ("STRIPE_WEBHOOK_SECRET" in process.environ()) is (name == "web"), name
            assert "whsec_" not in " ".join(process.cmdline())

    def test_what_happens_at_the_sandbox_arrives(self, copy):
        """WEB-1: signed, kept, handled by a worker; the payment is nobody's, so it is parked."""
        children = copy.children()
        base = children["worker money"].environ()["STRIPE_API_BASE"]
        ports.post_json(base, "/_payments", {"id": "pi_arrives", "amount": 100, "currency": "usd"})
        query = "SELECT status FROM webhook_events WHERE type = 'payment_intent.succeeded' AND object_id = 'pi_arrives'"
        with psycopg.connect(children["web"].environ()["DATABASE_URL"], autocommit=True) as connection:
            eventually(lambda: connection.execute(query).fetchall() == [("parked",)], 20)

    def test_only_the_owner_of_the_copy_reads_its_secrets(self, copy):
        for name in ("secret_key", "webhook_secret", "run/addresses.json"):
            assert (copy.var / name).stat().st_mode & 0o077 == 0

    def test_the_application_is_not_the_owner(self, copy):
        url = copy.children()["web"].environ()["DATABASE_URL"]
        assert roles.role_of(url) == roles.APP
        assert not roles.is_owner(url)
        assert "MIGRATE_DATABASE_URL" not in copy.children()["web"].environ()

    def test_check_finds_it_without_settings(self, copy):
        answer = copies.command(copy.var, "check")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "FAIL" not in answer.stdout
        assert "warn" not in answer.stdout

    def test_second_copy_is_one_sentence(self, copy):
        answer = copies.command(copy.var, "up")
        assert answer.returncode == 1
        assert (
            f"already running on {copy.var} (process {copy.process.pid}, http://127.0.0.1:{copy.port})" in answer.stderr
        )
        assert "Traceback" not in answer.stderr

    def test_crashed_processes_come_back(self, copy):
        """J18: Redis is restarted, and so is a worker, within 15 seconds."""
        before = copy.children()
        before["valkey-server"].kill()
        before["worker money"].kill()

        def back():
            now = copy.children()
            return all(name in now and now[name].pid != before[name].pid for name in ("valkey-server", "worker money"))

        eventually(back, 15)


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_leaves_no_process_and_keeps_the_data(self, place, number):
        var = place / "var"
        with copies.running(var, place / "first", "--no-demo") as copy:
            everything = psutil.Process(copy.process.pid).children(recursive=True)
            url = copy.children()["web"].environ()["DATABASE_URL"]
            with psycopg.connect(url) as connection:
                connection.execute(
                    "INSERT INTO users (email, first_name, last_name, role, status)"
                    " VALUES ('kept@example.com', 'Ann', 'Lee', 'customer', 'pending')"
                )
            assert copy.stop(number) == 0
            assert gone(everything)
        with copies.running(var, place / "second", "--no-demo") as copy, psycopg.connect(url) as connection:
            assert connection.execute("SELECT email FROM users").fetchall() == [("kept@example.com",)]

    def test_a_killed_supervisor_is_tidied_up_by_the_next(self, place):
        var = place / "var"
        with copies.running(var, place / "first", "--no-demo") as copy:
            everything = psutil.Process(copy.process.pid).children(recursive=True)
            copy.process.kill()
            copy.process.wait()
        with copies.running(var, place / "second", "--no-demo") as copy:
            assert "that an earlier copy had left" in copy.said
            assert gone(everything)


class TestRefusals:
    def test_taken_port(self, place):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            answer = copies.command(place / "var", "up", PORT=str(port))
        assert answer.returncode == 1
        assert answer.stderr == (
            f"Port {port} on 127.0.0.1 is taken by another program: stop it, or set PORT to a free port.\n"
        )

    def test_unwritable_folder(self, place):
        (place / "file").touch()
        answer = copies.command(place / "file" / "var", "up")
        assert answer.returncode == 1
        assert "cannot be written" in answer.stderr
        assert len(answer.stderr.splitlines()) == 1

    def test_all_settings_at_once(self, place):
        answer = copies.command(place / "var", "up", PORT="x", SECRET_KEY="short", REDIS_URL="http://x")
        assert answer.returncode == 1
        assert len(answer.stderr.splitlines()) == 1
        for name in ("PORT", "SECRET_KEY", "REDIS_URL"):
            assert name in answer.stderr

    def test_unreachable_database(self, place):
        url = f"postgresql://me:secret@127.0.0.1:{ports.free_port()}/shop"
        answer = copies.command(place / "var", "up", DATABASE_URL=url, PORT=str(ports.free_port()))
        assert answer.returncode == 1
        assert "DATABASE_URL cannot be reached" in answer.stderr
        assert "secret" not in answer.stderr
        assert "Traceback" not in answer.stderr


class TestOwnServers:
    def test_are_used_instead(self, place, admin_url, empty_database, redis_url):
        name = empty_database.rpartition("/")[2].partition("?")[0]
        settings = {
            "DATABASE_URL": databases.address(admin_url, name, roles.APP),
            "MIGRATE_DATABASE_URL": empty_database,
            "REDIS_URL": redis_url,
        }
        with copies.running(place / "var", place / "output", "--no-demo", **settings) as copy:
            assert set(copy.children()) == PROGRAMS | {"sandbox", "sandbox.mail"}
            assert migrate.current(empty_database) == migrate.head()
            assert not (copy.var / "postgres").exists()
            assert "backoffice user create" in copy.said
