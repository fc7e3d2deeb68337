"""ML-KEM-768 (FIPS 203) in plain Python, for where python3-cryptography has none, as Debian 12's. Numbers in comments are of FIPS 203's algorithms.

It is here to prove the format of suite 2 by a second hand. It does not run in constant time: who can measure it on the reader's own machine
learns of the key. `keyward_seal.py` takes that of `cryptography` where there is one.
"""
import hashlib

Q, N, K, ETA, DU, DV = 3329, 256, 3, 2, 10, 4
CIPHERTEXT, PUBLIC = 32 * (DU * K + DV), 384 * K + 32


def _reversed(i):
    return int(f"{i:07b}"[::-1], 2)


ZETAS = [pow(17, _reversed(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _reversed(i) + 1, Q) for i in range(128)]


def _ntt(f):  # 9
    f, i, length = list(f), 1, 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta, i = ZETAS[i], i + 1
            for j in range(start, start + length):
                t = zeta * f[j + length] % Q
                f[j + length], f[j] = (f[j] - t) % Q, (f[j] + t) % Q
        length //= 2
    return f


def _ntt_back(f):  # 10
    f, i, length = list(f), 127, 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta, i = ZETAS[i], i - 1
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % Q
                f[j + length] = zeta * (f[j + length] - t) % Q
        length *= 2
    return [x * 3303 % Q for x in f]


def _times(f, g):  # 11, 12
    h = []
    for i in range(128):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        h += [(a0 * b0 + a1 * b1 * GAMMAS[i]) % Q, (a0 * b1 + a1 * b0) % Q]
    return h


def _plus(f, g):
    return [(a + b) % Q for a, b in zip(f, g)]


def _dot(fs, gs):
    total = [0] * N
    for f, g in zip(fs, gs):
        total = _plus(total, _times(f, g))
    return total


def _pack(f, bits):  # 5
    return sum(x << (bits * i) for i, x in enumerate(f)).to_bytes(32 * bits, "little")


def _unpack(data, bits):  # 6
    whole, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [whole >> (bits * i) & mask for i in range(N)]


def _parts(data, bits, count):
    return [_unpack(data[32 * bits * i:32 * bits * (i + 1)], bits) for i in range(count)]


def _compress(f, bits):
    return [((x << bits) + Q // 2) // Q % (1 << bits) for x in f]


def _decompress(f, bits):
    return [(x * Q + (1 << (bits - 1))) >> bits for x in f]


def _uniform(seed):  # 7
    data, f, at = hashlib.shake_128(seed).digest(1536), [], 0
    while len(f) < N:
        if at + 3 > len(data):
            data = hashlib.shake_128(seed).digest(2 * len(data))
        a, b, c = data[at:at + 3]
        at += 3
        f += [d for d in (a + 256 * (b % 16), b // 16 + 16 * c) if d < Q]
    return f[:N]


def _small(seed, number):  # 8
    whole = int.from_bytes(hashlib.shake_256(seed + bytes([number])).digest(64 * ETA), "little")
    bits = [whole >> i & 1 for i in range(512 * ETA)]
    return [(sum(bits[2 * i * ETA:(2 * i + 1) * ETA]) - sum(bits[(2 * i + 1) * ETA:(2 * i + 2) * ETA])) % Q for i in range(N)]


def _smalls(seed, first, count):
    return [_small(seed, first + i) for i in range(count)]


def _matrix(rho):
    return [[_uniform(rho + bytes([j, i])) for j in range(K)] for i in range(K)]


def _g(data):
    both = hashlib.sha3_512(data).digest()
    return both[:32], both[32:]


def _h(data):
    return hashlib.sha3_256(data).digest()


def _encrypt(public, message, coins):  # 14
    t, rho = _parts(public, 12, K), public[384 * K:]
    matrix = _matrix(rho)
    y = [_ntt(f) for f in _smalls(coins, 0, K)]
    e1, e2 = _smalls(coins, K, K), _small(coins, 2 * K)
    u = [_plus(_ntt_back(_dot([matrix[j][i] for j in range(K)], y)), e1[i]) for i in range(K)]
    v = _plus(_plus(_ntt_back(_dot(t, y)), e2), _decompress(_unpack(message, 1), 1))
    return b"".join(_pack(_compress(f, DU), DU) for f in u) + _pack(_compress(v, DV), DV)


def is_public(key):
    """The check of section 7.2: its numbers are below q."""
    return len(key) == PUBLIC and all(x < Q for f in _parts(key, 12, K) for x in f)


def encapsulate(public, random):  # 17, 20
    """Ciphertext and secret; `random` is 32 fresh bytes."""
    secret, coins = _g(random + _h(public))
    return _encrypt(public, random, coins), secret


class PrivateKey:
    """Of the 64 bytes d and z that it is made from (16)."""

    def __init__(self, seed):
        if len(seed) != 64:
            raise ValueError("a seed has 64 bytes")
        d, self._z = seed[:32], seed[32:]
        rho, sigma = _g(d + bytes([K]))
        matrix = _matrix(rho)
        self._s = [_ntt(f) for f in _smalls(sigma, 0, K)]
        e = [_ntt(f) for f in _smalls(sigma, K, K)]
        self.public = b"".join(_pack(_plus(_dot(matrix[i], self._s), e[i]), 12) for i in range(K)) + rho

    def decapsulate(self, ciphertext):  # 18, 21
        if len(ciphertext) != CIPHERTEXT:
            raise ValueError("a ciphertext has 1088 bytes")
        u = [_decompress(f, DU) for f in _parts(ciphertext, DU, K)]
        v = _decompress(_unpack(ciphertext[32 * DU * K:], DV), DV)
        w = _ntt_back(_dot(self._s, [_ntt(f) for f in u]))
        message = _pack(_compress([(a - b) % Q for a, b in zip(v, w)], 1), 1)
        secret, coins = _g(message + _h(self.public))
        if _encrypt(self.public, message, coins) == ciphertext:
            return secret
        return hashlib.shake_256(self._z + ciphertext).digest(32)
