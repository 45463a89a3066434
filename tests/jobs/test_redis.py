"""Redis is not trusted and may be missing: planted jobs, the payload, a server that is down (J1, J4 to J6)."""

from __future__ import annotations

import json
import pickle
import socket
import time
import uuid
import zlib
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy.orm import Session, sessionmaker

from backoffice import queue
from backoffice.jobs import relay, run, sweeps
from models import Heartbeat, Operation
from tests.jobs.support import Processes, approve_products, make_products, status, wait_until

Sessions = sessionmaker[Session]


class Opens:
    """Runs a command wherever it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return __import__("os").system, (f"touch {self.canary}",)


def test_the_payload_is_kind_and_id(sessions: Sessions, bell: str) -> None:
    """J5: nothing else about the operation is in Redis."""
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products, reason="Marker of a secret")
    client = redis.from_url(bell)
    [key] = client.keys("rq:job:operation-*")
    payload = json.loads(zlib.decompress(client.hget(key, "data")))
    assert payload == ["backoffice.jobs.run", None, [], {"kind": "operation", "id": str(operation_id)}]
    everything = b"".join(b"".join(client.hgetall(one).values()) for one in client.keys("rq:job:*"))
    assert not [word for word in (b"Marker", str(admin.email).encode()) if word in everything]
    client.close()


def test_nothing_leaves_before_the_commit_or_after_a_rollback(sessions: Sessions, bell: str) -> None:
    """J1, E7: a savepoint does not ring, a rollback forgets, the outermost commit rings."""
    client = redis.from_url(bell)
    with sessions() as session:
        queue.wake_after_commit(session, "bulk", "operation", uuid.uuid4())
        with session.begin_nested():
            queue.wake_after_commit(session, "bulk", "operation", uuid.uuid4())
        assert client.llen("rq:queue:bulk") == 0
        session.rollback()
        session.execute(sa.select(1))
        session.commit()
        assert client.llen("rq:queue:bulk") == 0
        kept = uuid.uuid4()
        queue.wake_after_commit(session, "bulk", "operation", kept)
        savepoint = session.begin_nested()
        queue.wake_after_commit(session, "bulk", "operation", uuid.uuid4())
        savepoint.rollback()
        session.commit()
    [job_id] = client.lrange("rq:queue:bulk", 0, -1)
    assert str(kept) in job_id.decode()
    client.close()


def test_a_stopped_redis_costs_no_time(sessions: Sessions, tmp_path: Path) -> None:
    """J4, fault 20: submitting answers at once, and the fuse makes the next one cost nothing."""
    admin, products = make_products(sessions, 2)
    queue.configure(f"unix://{tmp_path}/nothing.sock")
    try:
        started = time.monotonic()
        for product in products:
            operation_id = approve_products(sessions, admin, [product])
            assert status(sessions, operation_id) == "queued"
        assert time.monotonic() - started < 1.0
        started = time.monotonic()
        assert not queue.wake("bulk", "operation", operation_id)
        assert time.monotonic() - started < 0.01
    finally:
        queue.configure(None)


def test_a_hanging_redis_costs_a_moment(sessions: Sessions) -> None:
    """J4: a server that accepts and says nothing is given up within half a second."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        queue.configure(f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        try:
            started = time.monotonic()
            assert not queue.wake("bulk", "operation", uuid.uuid4())
            assert time.monotonic() - started < 0.5
        finally:
            queue.configure(None)


@pytest.mark.faults
def test_planted_jobs_are_refused(sessions: Sessions, processes: Processes, bell: str, tmp_path: Path) -> None:
    """J6, attacks 64 and 65: a pickle and a call of os.system end as failed, and our own job still runs."""
    canary = tmp_path / "canary"
    client = redis.from_url(bell)
    json_queue = Queue("bulk", connection=client, serializer=JSONSerializer)
    shell = json_queue.enqueue("os.system", f"touch {canary}")
    ours = json_queue.enqueue("backoffice.jobs.run", kwargs={"kind": "operation", "id": "x", "more": 1})
    callback = json_queue.enqueue("backoffice.jobs.run", kwargs={"kind": "operation", "id": str(uuid.uuid4())})
    client.hset(callback.key, "success_callback_name", "os.getcwd")
    planted = Job.create("os.getcwd", connection=client, serializer=JSONSerializer, origin="bulk")
    planted.save()
    client.hset(planted.key, "data", zlib.compress(pickle.dumps(Opens(canary))))
    client.rpush("rq:queue:bulk", planted.id)
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products)
    processes.worker()
    wait_until(lambda: status(sessions, operation_id) == "succeeded")
    for job in (shell, ours, planted):
        assert client.hget(job.key, "status") == JobStatus.FAILED.value.encode()
    assert client.hget(callback.key, "status") == JobStatus.FINISHED.value.encode()
    assert not canary.exists()
    client.close()


def test_wakes_that_mean_nothing_are_ignored() -> None:
    """Attack 67: another kind, an id that is none."""
    run("os.system", "rm")
    run("operation", "-1")


def test_the_relay_waits_for_redis_and_then_wakes(sessions: Sessions, redis_url: str, tmp_path: Path) -> None:
    """J3, fault 20: while Redis is down nothing is given up; afterwards what is due is woken, once."""
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products)
    with sessions.begin() as session:
        session.execute(sa.update(Operation).values(run_after=sa.func.now()))
    try:
        queue.configure(f"unix://{tmp_path}/nothing.sock")
        with sessions.begin() as session:
            sweeps.wake_due(session)
        queue.configure(redis_url)
        for _ in range(3):
            with sessions.begin() as session:
                sweeps.wake_due(session)
    finally:
        queue.configure(None)
    client = redis.from_url(redis_url)
    [job_id] = client.lrange("rq:queue:bulk", 0, -1)
    assert str(operation_id) in job_id.decode()
    client.close()


def test_the_leader_beats_and_keeps_partitions(clean_database: sa.Engine, sessions: Sessions) -> None:
    """J16, J19: one of two leads; its heartbeat is what the health page reads."""
    first, second = relay.Relay(clean_database), relay.Relay(clean_database)
    try:
        assert first.tick()
        assert not second.tick()
        with sessions() as session:
            assert session.scalars(sa.select(Heartbeat.name)).all() == ["relay"]
        first.resign()
        assert second.tick()
    finally:
        first.resign()
        second.resign()
