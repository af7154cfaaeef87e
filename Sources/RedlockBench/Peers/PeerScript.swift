/// What the peers are driven by: the library's name, a time and the ports go in; one line of JSON comes out.
///
/// The script measures itself, so that starting Python is no part of it.
enum PeerScript {
    static let source = """
        import json, resource, sys, time
        import redis

        library, seconds, ports = sys.argv[1], float(sys.argv[2]), [int(port) for port in sys.argv[3:]]

        def clients():
            return {redis.Redis(host="127.0.0.1", port=port) for port in ports}

        if library == "redlock-py":
            from redlock import Redlock
            manager = Redlock([{"host": "127.0.0.1", "port": port, "db": 0} for port in ports])
            def acquire():
                lock = manager.lock("bench/python", 10000)
                assert lock
                return lambda: manager.unlock(lock)
        elif library == "pottery":
            from pottery import Redlock
            masters = clients()
            def acquire():
                lock = Redlock(key="bench/python", masters=masters, auto_release_time=10)
                assert lock.acquire()
                return lock.release
        else:
            client = redis.Redis(host="127.0.0.1", port=ports[0])
            def acquire():
                lock = client.lock("bench/python", timeout=10)
                assert lock.acquire()
                return lock.release

        def cpu():
            usage = resource.getrusage(resource.RUSAGE_SELF)
            return usage.ru_utime + usage.ru_stime

        for _ in range(20):
            acquire()()
        acquires, cycles = [], []
        begun, spent = time.perf_counter(), cpu()
        end = begun + seconds
        now = begun
        while now < end:
            release = acquire()
            held = time.perf_counter()
            release()
            done = time.perf_counter()
            acquires.append(int((held - now) * 1e9))
            cycles.append(int((done - now) * 1e9))
            now = done
        print(json.dumps({"seconds": now - begun, "cpu": (cpu() - spent) * 1e6, "acquires": acquires, "cycles": cycles}))
        """
}
