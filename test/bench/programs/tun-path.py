"""A network path between two network namespaces, with delay, rate, queue and random loss.

The kernel's own (netem) is not everywhere, and needs no less trust: TCP of both ends is the real one, and
only the packets pass here. With large packets the kernel hands over up to 64 KiB at once; loss and the end of
the queue then still meet single segments.

    tun-path.py NEAR FAR '{"delayMs": 50, "rate": null, "queueBytes": null, "loss": 0, "large": true}'

Makes an interface `path` in each namespace and says "ready". Ends when its standard input does.
"""

import ctypes
import fcntl
import gc
import json
import math
import os
import random
import select
import struct
import sys
import time
from collections import deque

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
TUNSETOFFLOAD = 0x400454D0
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4 = 0x01, 0x02

# In front of each packet: flags, kind and size of segments, where the checksum goes (virtio_net_hdr).
VNET = struct.Struct('<BBHHHH')
LARGEST = 65536 + VNET.size
# Packets taken from one side before the other side and the clock have their turn.
BATCH = 32
FIN, PSH, CWR = 0x01, 0x08, 0x80


def open_interface(namespace, large):
    """Opens `path` in that namespace; this process stays there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f'/run/netns/{namespace}') as home:
        if libc.setns(home.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns')
    interface = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    request = struct.pack('16sH22x', b'path', IFF_TUN | IFF_NO_PI | IFF_VNET_HDR)
    fcntl.ioctl(interface, TUNSETIFF, request)
    fcntl.ioctl(interface, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 if large else 0)
    return interface


def folded_sum(data):
    """The one's complement sum of RFC 1071, of an even number of bytes."""
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def segment_count(packet):
    size = VNET.unpack_from(packet)[3]
    if size == 0:
        return 1
    return max(1, math.ceil((len(packet) - payload_start(packet)) / size))


def payload_start(packet):
    tcp = VNET.size + (packet[VNET.size] & 15) * 4
    return tcp + (packet[tcp + 12] >> 4) * 4


def some_segments(packet, first, last):
    """The segments from `first` up to and without `last` of a large packet, as a packet of their own."""
    flags, kind, head_length, size, sum_start, sum_offset = VNET.unpack_from(packet)
    ip, start = VNET.size, payload_start(packet)
    tcp = ip + (packet[ip] & 15) * 4
    cut = bytearray(packet[:start] + packet[start + first * size : start + last * size])
    if len(cut) - start <= size:
        kind = size = 0
    VNET.pack_into(cut, 0, flags, kind, head_length, size, sum_start, sum_offset)
    struct.pack_into('!H', cut, ip + 2, len(cut) - ip)
    (identity,) = struct.unpack_from('!H', cut, ip + 4)
    struct.pack_into('!H', cut, ip + 4, (identity + first) & 0xFFFF)
    struct.pack_into('!H', cut, ip + 10, 0)
    struct.pack_into('!H', cut, ip + 10, folded_sum(cut[ip:tcp]) ^ 0xFFFF)
    (sequence,) = struct.unpack_from('!I', cut, tcp + 4)
    skipped = len(packet[start : start + first * VNET.unpack_from(packet)[3]])
    struct.pack_into('!I', cut, tcp + 4, (sequence + skipped) & 0xFFFFFFFF)
    if last < segment_count(packet):
        cut[tcp + 13] &= ~(FIN | PSH) & 0xFF
    if first > 0:
        cut[tcp + 13] &= ~CWR & 0xFF
    # The kernel adds the rest: so far the sum is that of the pseudo header.
    pseudo = bytes(cut[ip + 12 : ip + 20]) + struct.pack('!HH', cut[ip + 9], len(cut) - tcp)
    struct.pack_into('!H', cut, tcp + 16, folded_sum(pseudo))
    return bytes(cut)


class Line:
    """One direction."""

    def __init__(self, out, shape):
        self.out = out
        self.delay = shape['delayMs'] / 1000
        self.rate = shape['rate']
        self.queue_bytes = shape['queueBytes']
        self.loss = shape['loss']
        self.on_the_way = deque()
        self.free_at = 0.0
        self.until_loss = self.segments_until_loss()

    def segments_until_loss(self):
        if not self.loss:
            return math.inf
        return int(math.log(1 - random.random()) / math.log(1 - self.loss))

    def enter(self, packet, now):
        if packet[VNET.size] >> 4 != 4:
            return
        if not self.loss:
            self.enqueue(packet, now)
            return
        first, count = 0, segment_count(packet)
        while self.until_loss < count - first:
            lost = first + self.until_loss
            if lost > first:
                self.enqueue(some_segments(packet, first, lost), now)
            first = lost + 1
            self.until_loss = self.segments_until_loss()
        self.until_loss -= count - first
        if first == 0:
            self.enqueue(packet, now)
        elif first < count:
            self.enqueue(some_segments(packet, first, count), now)

    def enqueue(self, packet, now):
        due = now
        if self.rate is not None:
            begins = max(now, self.free_at)
            room = self.queue_bytes - (begins - now) * self.rate
            packet = self.what_fits(packet, room)
            if packet is None:
                return
            self.free_at = due = begins + (len(packet) - VNET.size) / self.rate
        self.on_the_way.append((due + self.delay, packet))

    def what_fits(self, packet, room):
        """The packet, the segments of it that the queue has room for, or None."""
        if len(packet) - VNET.size <= room:
            return packet
        size = VNET.unpack_from(packet)[3]
        whole = int((room - 60) // size) if size else 0
        return some_segments(packet, 0, whole) if whole > 0 else None

    def leave(self, now):
        """Hands over what is due; seconds until the next is, or None."""
        on_the_way = self.on_the_way
        while on_the_way and on_the_way[0][0] <= now:
            try:
                os.write(self.out, on_the_way.popleft()[1])
            except BlockingIOError:
                pass
        return on_the_way[0][0] - now if on_the_way else None


def carry(near, far, shape):
    lines = {near: Line(far, shape), far: Line(near, shape)}
    while True:
        now = time.monotonic()
        waits = [wait for line in lines.values() if (wait := line.leave(now)) is not None]
        readable, _, _ = select.select([near, far, 0], [], [], max(0, min(waits)) if waits else None)
        if 0 in readable and os.read(0, 1) == b'':
            return
        now = time.monotonic()
        for side in readable:
            if side != 0:
                take(side, lines[side], now)


def take(side, line, now):
    try:
        for _ in range(BATCH):
            line.enter(os.read(side, LARGEST), now)
    except BlockingIOError:
        pass


def main():
    near_name, far_name, text = sys.argv[1:]
    shape = json.loads(text)
    near = open_interface(near_name, shape['large'])
    far = open_interface(far_name, shape['large'])
    # A path that waits for its turn would be a longer one, with a delay that varies.
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        print('the path has no precedence over other programs', file=sys.stderr)
    gc.disable()
    print('ready', flush=True)
    carry(near, far, shape)


main()
