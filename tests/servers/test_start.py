"""What stops a start is told in one sentence: lock, port, folder, settings, unreachable servers."""

from __future__ import annotations

import os
import socket
import stat

import pytest

from backoffice.config import ConfigError
from backoffice.servers import folders, ports, postgres, probe, programs, running
from backoffice.servers.errors import StartError
from backoffice.servers.programs import Addresses
from backoffice.servers.runlock import RunLock
from backoffice.servers.settings import UpSettings


class TestRunLock:
    def test_second_copy_is_told_who_runs(self, tmp_path):
        with RunLock(tmp_path) as lock:
            lock.note("http://127.0.0.1:8000")
            with pytest.raises(StartError) as refusal, RunLock(tmp_path):
                pass
        assert f"(process {os.getpid()}, http://127.0.0.1:8000)" in str(refusal.value)

    def test_is_free_again(self, tmp_path):
        with RunLock(tmp_path):
            pass
        with RunLock(tmp_path):
            pass


class TestPorts:
    def test_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 is taken"):
                ports.require_free("127.0.0.1", port, setting="PORT")
        ports.require_free("127.0.0.1", port, setting="PORT")

    @pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
    def test_not_ours(self, host):
        with pytest.raises(StartError, match="set HOST to an address of this machine"):
            ports.require_free(host, 8000, setting="PORT")


class TestFolders:
    def test_unwritable(self, tmp_path):
        """A file in the way stops root as well."""
        (tmp_path / "file").touch()
        with pytest.raises(StartError, match=r"cannot be written .*BACKOFFICE_VAR"):
            folders.prepare(tmp_path / "file" / "var")

    def test_secret_key_is_kept_and_private(self, tmp_path):
        key = folders.secret_key(tmp_path)
        assert folders.secret_key(tmp_path) == key
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600

    def test_webhook_secret_is_kept_and_private(self, tmp_path):
        secret = folders.webhook_secret(tmp_path)
        assert secret.startswith("whsec_")
        assert secret != f"whsec_{folders.secret_key(tmp_path)}"
        assert folders.webhook_secret(tmp_path) == secret
        assert stat.S_IMODE((tmp_path / "webhook_secret").stat().st_mode) == 0o600

    def test_short_secret_key_is_refused(self, tmp_path):
        (tmp_path / "secret_key").write_text("short")
        with pytest.raises(StartError, match="no usable secret key"):
            folders.secret_key(tmp_path)

    def test_open_path_adds_search_only(self, tmp_path):
        inner = tmp_path / "a" / "b"
        inner.mkdir(parents=True)
        (tmp_path / "a").chmod(0o700)
        changed = folders.open_path(inner)
        assert tmp_path / "a" in changed
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o701

    def test_sockets_of_a_long_path_go_elsewhere(self, tmp_path):
        var = tmp_path / ("x" * 100)
        folder = folders.socket_folder(folders.prepare(var), "postgres")
        assert len(str(folder)) < 100
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        folder.rmdir()

    def test_another_postgresql(self, tmp_path):
        data = tmp_path / "postgres"
        data.mkdir()
        (data / "PG_VERSION").write_text("16\n")
        sockets = tmp_path / "sockets"
        sockets.mkdir()
        with pytest.raises(StartError, match="is of PostgreSQL 16, but this program runs 18"):
            postgres.prepare(data, sockets)


class TestSettings:
    def test_all_problems_at_once(self):
        env = {
            "PORT": "many",
            "PUBLIC_URL": "nowhere",
            "SECRET_KEY": "short",
            "MIGRATE_DATABASE_URL": "postgresql://x",
            "REDIS_URL": "http://x",
            "STRIPE_API_KEY": "pk_live_1",
            "STRIPE_MODE": "maybe",
        }
        with pytest.raises(ConfigError) as refusal:
            UpSettings.from_environment(env)
        for word in (
            "PORT",
            "PUBLIC_URL",
            "SECRET_KEY",
            "DATABASE_URL is not",
            "REDIS_URL",
            "STRIPE_API_KEY",
            "STRIPE_MODE",
        ):
            assert word in str(refusal.value)

    def test_public_url_follows_the_port(self):
        assert UpSettings.from_environment({"PORT": "8123"}).public_url == "http://127.0.0.1:8123"
        assert UpSettings.from_environment({"HOST": "::1"}).public_url == "http://[::1]:8000"

    def test_where_a_sandbox_sends_its_events(self):
        """WEB-1: to this machine, wherever the pages are public."""
        for host, there in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")):  # noqa: S104
            url = UpSettings.from_environment({"HOST": host, "PORT": "8123"}).webhook_url
            assert url == f"http://{there}:8123/webhooks/stripe"

    def test_two_webhook_secrets(self):
        """Attack 58: while one replaces the other."""
        settings = UpSettings.from_environment({"STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old,"})
        assert settings.stripe_webhook_secrets == ("whsec_new", "whsec_old")
        assert "whsec" not in repr(settings)

    def test_secrets_of_carrier_services(self, monkeypatch):
        """WEB-1: any number of services, each with two secrets while one replaces the other; only for `web`."""
        monkeypatch.setenv("EASYPOST_WEBHOOK_SECRET", "new, old")
        monkeypatch.setenv("AFTERSHIP_WEBHOOK_SECRET", "")
        monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_new")
        settings = UpSettings.from_environment(os.environ)
        assert settings.carrier_webhook_secrets == {"easypost": ("new", "old")}
        assert "old" not in repr(settings)
        names = ("database_url", "migrate_database_url", "redis_url", "secret_key", "stripe_api_key", "stripe_api_base")
        at = Addresses(**dict.fromkeys(names, "x"), carrier_settings=settings.carrier_settings)
        log = settings.var / "log"
        specs = [*programs.workers(at, log), programs.web(at, settings, log), programs.scheduler(at, log)]
        given = [(spec.name, name, spec.env[name]) for spec in specs for name in spec.env if "_WEBHOOK_SECRET" in name]
        assert given == [("web", "EASYPOST_WEBHOOK_SECRET", "new,old")]

    def test_two_analytics_keys(self):
        """Long ones, and two while one replaces the other; only the web process gets them."""
        keys = ("n" * 32, "o" * 32)
        settings = UpSettings.from_environment({"ANALYTICS_KEY": ",".join(keys)})
        assert settings.analytics_keys == keys
        assert keys[0] not in repr(settings)
        assert "ANALYTICS_KEY" in programs._PRIVATE
        with pytest.raises(ConfigError, match="ANALYTICS_KEY must have at least 32 characters"):
            UpSettings.from_environment({"ANALYTICS_KEY": "short"})

    @pytest.mark.parametrize(
        "url",
        ["mail.example", "http://mail.example", "smtp://", "smtp://x:70000", "smtp://x:0", "smtp://me@x", "smtp://:p@x",
         "smtp://me:p\u00e4ss@x", "smtp://x/path", "smtp://x?tls=no", "smtp://[x"],
    )  # fmt: skip
    def test_bad_mail_address(self, url):
        """What is wrong is said at the start, and the password is not."""
        with pytest.raises(ConfigError, match="MAIL_URL must be smtp://host or smtps://host") as refusal:
            UpSettings.from_environment({"MAIL_URL": url, "MAIL_FROM": "office@market.example"})
        assert "p\u00e4ss" not in str(refusal.value)

    @pytest.mark.parametrize(
        "sender", ["office", "@market.example", "a b@x.example", "A\r\nBcc: e@x.example", "\u00e4@x"]
    )
    def test_bad_sender(self, sender):
        with pytest.raises(ConfigError, match="MAIL_FROM must be an address"):
            UpSettings.from_environment({"MAIL_FROM": sender})

    def test_mail_is_for_one_worker(self):
        """M16: neither the web process nor the other workers know the password."""
        with pytest.raises(ConfigError, match="MAIL_FROM is not set"):
            UpSettings.from_environment({"MAIL_URL": "smtp://x"})
        url = "smtps://me%40x:secret@mail.example:465"
        settings = UpSettings.from_environment({"MAIL_URL": url, "MAIL_FROM": "Market <office@market.example>"})
        assert (settings.mail_url, "secret" in repr(settings)) == (url, False)
        names = ("database_url", "migrate_database_url", "redis_url", "secret_key", "stripe_api_key", "stripe_api_base")
        at = Addresses(
            **dict.fromkeys(names, "x"), mail_url=url, mail_from="a@b.example", public_url="https://x.example"
        )
        log = settings.var / "log"
        specs = [*programs.workers(at, log), programs.web(at, settings, log), programs.scheduler(at, log)]
        assert [spec.name for spec in specs if "MAIL_URL" in spec.env] == ["worker-default"]
        assert {"MAIL_URL", "MAIL_FROM"} <= programs._PRIVATE

    @pytest.mark.parametrize(("key", "mode"), [("sk_test_1", "test"), ("sk_live_1", "live"), ("rk_live_1", "live")])
    def test_the_key_says_the_mode(self, key, mode):
        """M14."""
        names = ("database_url", "migrate_database_url", "redis_url", "secret_key", "stripe_api_base")
        assert Addresses(**dict.fromkeys(names, ""), stripe_api_key=key).stripe_mode == mode

    @pytest.mark.parametrize(
        ("env", "expected"),
        [({}, True), ({"HOST": "0.0.0.0"}, False), ({"PUBLIC_URL": "https://shop.example"}, False)],  # noqa: S104
    )
    def test_demo_only_where_nobody_else_comes(self, env, expected):
        assert UpSettings.from_environment(env).for_this_machine_only is expected


class TestProbe:
    def test_database_that_is_not_there_is_named_without_password(self):
        port = ports.free_port()
        with pytest.raises(StartError) as refusal:
            probe.require_database(f"postgresql://me:secret@127.0.0.1:{port}/shop", setting="DATABASE_URL")
        assert f"127.0.0.1:{port}/shop" in str(refusal.value)
        assert "secret" not in str(refusal.value)

    def test_redis_that_is_not_there(self):
        with pytest.raises(StartError, match="REDIS_URL cannot be reached"):
            probe.require_redis(f"redis://127.0.0.1:{ports.free_port()}/0")

    def test_redis_that_evicts(self, redis_url):
        import redis  # noqa: PLC0415

        with redis.from_url(redis_url) as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
            try:
                with pytest.raises(StartError, match="allkeys-lru; jobs need noeviction"):
                    probe.require_redis(redis_url)
            finally:
                client.config_set("maxmemory-policy", "noeviction")


class TestRunning:
    def test_commands_find_the_copy_that_runs_here(self, tmp_path):
        folders.prepare(tmp_path)
        running.publish(tmp_path, {"DATABASE_URL": "postgresql://here", "REDIS_URL": "unix:///here"})
        env = {"BACKOFFICE_VAR": str(tmp_path), "REDIS_URL": "redis://mine"}
        running.adopt(env)
        assert env["DATABASE_URL"] == "postgresql://here"
        assert env["REDIS_URL"] == "redis://mine"
        assert stat.S_IMODE((tmp_path / "run" / "addresses.json").stat().st_mode) == 0o600

    def test_a_named_database_is_not_mixed_with_it(self, tmp_path):
        folders.prepare(tmp_path)
        running.publish(tmp_path, {"DATABASE_URL": "postgresql://here", "REDIS_URL": "unix:///here"})
        env = {"BACKOFFICE_VAR": str(tmp_path), "DATABASE_URL": "postgresql://mine"}
        running.adopt(env)
        assert "REDIS_URL" not in env
