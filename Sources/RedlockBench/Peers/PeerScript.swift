/// What the peers are driven by: the library's name, a number of threads, a time and the ports go in; one line of JSON comes out.
///
/// The script measures itself, so that starting Python is no part of it.
enum PeerScript {
    static let source = """
        import json, resource, sys, threading, time
        import redis

        library, workers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
        ports = [int(port) for port in sys.argv[4:]]

        def clients():
            return {redis.Redis(host="127.0.0.1", port=port) for port in ports}

        if library == "redlock-py":
            from redlock import Redlock
            manager = Redlock([{"host": "127.0.0.1", "port": port, "db": 0} for port in ports])
            def acquire(key):
                lock = manager.lock(key, 10000)
                assert lock
                return lambda: manager.unlock(lock)
        elif library == "pottery":
            from pottery import Redlock
            masters = clients()
            def acquire(key):
                lock = Redlock(key=key, masters=masters, auto_release_time=10)
                assert lock.acquire()
                return lock.release
        else:
            client = redis.Redis(host="127.0.0.1", port=ports[0])
            def acquire(key):
                lock = client.lock(key, timeout=10)
                assert lock.acquire()
                return lock.release

        def cpu():
            usage = resource.getrusage(resource.RUSAGE_SELF)
            return usage.ru_utime + usage.ru_stime

        acquires, cycles = [], []

        def work(key, end):
            now = time.perf_counter()
            while now < end:
                release = acquire(key)
                held = time.perf_counter()
                release()
                done = time.perf_counter()
                acquires.append(int((held - now) * 1e9))
                cycles.append(int((done - now) * 1e9))
                now = done

        def all_work(end):
            threads = [threading.Thread(target=work, args=(f"bench/python/{number}", end)) for number in range(workers)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()

        all_work(time.perf_counter() + 0.2)
        acquires.clear()
        cycles.clear()
        begun, spent = time.perf_counter(), cpu()
        all_work(begun + seconds)
        print(json.dumps({"seconds": time.perf_counter() - begun, "cpu": (cpu() - spent) * 1e6, "acquires": acquires, "cycles": cycles}))
        """
}
