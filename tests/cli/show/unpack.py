# SPDX-License-Identifier: GPL-2.0-only
"""unpack.py: what a page of `sysemu report` holds, read as RFC 1951 and page.c say, by nothing of ours."""
import base64, json, re, zlib


class Page:
    def __init__(self, path):
        text = open(path, encoding="utf-8").read()
        packed = re.search(r'<script id="data" type="text/plain">([^<]*)</script>', text).group(1)
        self.bytes = zlib.decompress(base64.b64decode(packed), wbits=-15)
        self.at = 0
        self.words = json.loads(self.take(self.number()))
        self.texts = [self.take(self.number()).decode() for _ in range(self.number())]
        self.timelines = [self.timeline(t) for t in self.words["timelines"]]
        assert self.at == len(self.bytes), "bytes are left over"

    def number(self):
        value = shift = 0
        while True:
            byte = self.bytes[self.at]
            self.at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, n):
        self.at += n
        return self.bytes[self.at - n:self.at]

    def timeline(self, meta):
        n, same, time = meta["events"], len(self.words["states"]), 0
        times = []
        for _ in range(n):
            time += self.number()
            times.append(time)
        lanes = [self.number() for _ in range(n)]
        texts = [self.texts[self.number()] for _ in range(n)]
        codes = [self.number() for _ in range(n)]
        others = [self.number() if c // (same + 1) != same else None for c in codes]
        pid = [lane["pid"] for lane in meta["lanes"]]
        state = lambda s: None if s == same else self.words["states"][s]
        events = [{"time": t, "pid": pid[lane], "text": text, "state": state(c % (same + 1)),
                   "other": None if o is None else pid[o], "other_state": state(c // (same + 1))}
                  for t, lane, text, c, o in zip(times, lanes, texts, codes, others)]
        flags, event = [], 0
        for _ in range(meta["flags"]):
            event += self.number()
            tif = self.number()
            flags.append((event, [self.words["tif"][b] for b in range(32) if tif >> b & 1]))
        arrows, to = [], 0
        for _ in range(meta["arrows"]):
            to += self.number()
            start = to - self.number()
            arrows.append((start, to, self.texts[self.number()]))
        return {**meta, "events": events, "flags": flags, "arrows": arrows}
