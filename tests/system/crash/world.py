"""The clients of the crash test: threads that write to lanes until the server is gone."""
import random
import threading

from lib.resp import Closed, Connection, Malformed, Silent, encode

from crash import lanes

DEPTHS = (1, 4, 16, 1, 4, 16)


class Client:
    def __init__(self, number, world):
        self.number, self.depth = number, DEPTHS[number % len(DEPTHS)]
        self.problem = None

        def keys(name, count):
            return [b'%s:%d:%d' % (name, number, i) for i in range(count)]
        self.own = [kind(kind.__name__.lower(), [key]) for kind in (lanes.Set, lanes.Incr, lanes.Push, lanes.Hash)
                    for key in keys(kind.__name__.lower().encode(), 3)]
        self.own += [lanes.Mset('mset', keys(b'mset%d' % i, 3)) for i in range(2)]
        self.own += [lanes.Multi('multi', keys(b'multi%d' % i, 4)) for i in range(2)]
        self.own += [lanes.Move('move', keys(b'move%d' % i, 2)) for i in range(2)]
        self.ways = self.own + [world.count]
        self.ways += [lanes.SharedPush(world.shared, kind, number) for kind in lanes.Shared.KINDS]
        self.ways += [lanes.SharedRead(world.shared, side) for side in (0, 1)]

    def run(self, port, seed):
        chance = random.Random(seed)
        try:
            connection = Connection(port, timeout=60)
        except OSError:
            return
        try:
            while True:
                self.step(connection, chance)
        except (Closed, OSError):
            pass  # the server has gone
        except (Silent, Malformed, ValueError) as error:
            self.problem = f'client {self.number}: {error!r}'
        finally:
            connection.close()

    def step(self, connection, chance):
        ways = [chance.choice(self.ways) for _ in range(self.depth)]
        with WORLD_LOCK:
            requests = [way.next() for way in ways]
        connection.send(b''.join(encode(argv) for request in requests for argv in request))
        for way, request in zip(ways, requests):
            replies = [connection.read() for _ in request]
            for reply in replies:
                if reply.kind in '-*' and (reply.kind == '-' or any(item.kind == '-' for item in reply.value)):
                    raise ValueError(f'{request} was answered {reply}')
            with WORLD_LOCK:
                way.answered(replies)


WORLD_LOCK = threading.Lock()


class World:
    """What several clients do in one directory, from one life of the server to the next."""

    def __init__(self, clients=6):
        self.count = lanes.SharedCount(b'shared:count')
        # On two cores these lie on different ones, as `{b}` and `{a}` have slots in different halves.
        self.shared = lanes.Shared([b'shared:{b}', b'shared:{a}'], clients)
        self.clients = [Client(number, self) for number in range(clients)]
        self.acked = 0

    def lanes(self):
        return [lane for client in self.clients for lane in client.own] + [self.count]

    def start(self, port, seed):
        self.threads = [threading.Thread(target=client.run, args=(port, f'{seed}:{client.number}'))
                        for client in self.clients]
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()
        problems = [client.problem for client in self.clients if client.problem]
        if problems:
            raise lanes.Wrong('answer', '; '.join(problems))
        self.acked += sum(lane.acked for lane in self.lanes()) + sum(self.shared.acked.values()) - self.known

    def forget(self):
        """The keys are gone, and that has been acknowledged."""
        for lane in self.lanes() + [self.shared]:
            lane.forget()
        self.known = 0

    def check(self, connection):
        """Raises Wrong when the state cannot be; from now on it is what it is."""
        def ask(*argv):
            reply = connection.call(*argv)
            if reply.kind == '-':
                raise lanes.Wrong('answer', f'{argv} was answered {reply}')
            return [bytes(item.value) for item in reply.value] if reply.kind == '*' else reply.value
        for lane in self.lanes() + [self.shared]:
            lane.check(ask)
        self.known = sum(lane.acked for lane in self.lanes()) + sum(self.shared.acked.values())

    known = 0  # writes that previous lives have left
