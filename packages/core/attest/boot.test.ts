import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectPcrs, TPM_ALG, TPM_ST } from '../format/tpm2/index.ts';
import { Problem } from '../problem/problem.ts';
import { makeEventLog, makeImaList } from './boot-log.fixture.ts';
import { readBootReference, writeBootReference } from './boot-reference.ts';
import { firmwareDebug } from './firmware-debug.ts';
import { replayEventLog } from './event-log.ts';
import { replayImaList } from './ima-list.ts';
import { makePaperTpm, type PaperTpm, type Saying } from './paper-tpm.fixture.ts';
import { extend, initialPcr, sha256 } from './pcr.ts';
import { type BootEvidence, bootQualifyingData, judgeBoot, type ReleasedBoot } from './quote.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const digest = (text: string): Uint8Array => sha256(Buffer.from(text));
const extended = (pcr: number, ...digests: readonly Uint8Array[]): Uint8Array =>
	digests.reduce((value, one) => extend(value, one), initialPcr(pcr));

const boot = [
	{ pcr: 0, what: 'firmware 1' },
	{ pcr: 4, what: 'loader 1' },
	{ pcr: 4, what: 'kernel 1' },
	{ pcr: 7, what: 'secure boot on' },
];
const files = [
	['boot_aggregate', 'aggregate'],
	['/usr/bin/keyward', 'keyward 1'],
	['/etc/passwd', 'root'],
] as const;
const log = makeEventLog(boot);
const imaList = makeImaList(files);

const pcrsOf = (events: Uint8Array, list: Uint8Array): Map<number, Uint8Array> => {
	const pcrs = new Map<number, Uint8Array>([[10, initialPcr(10)], ...replayEventLog(events).pcrs]);
	for (let rest = list; rest.length > 0;) {
		const view = new DataView(rest.buffer, rest.byteOffset);
		const name = view.getUint32(24, true);
		const data = view.getUint32(28 + name, true);
		const template = rest.subarray(32 + name, 32 + name + data);
		pcrs.set(10, extend(pcrs.get(10) ?? initialPcr(10), sha256(template)));
		rest = rest.subarray(32 + name + data);
	}
	return pcrs;
};

const truth = pcrsOf(log, imaList);
const release = (name: string, withFiles = false): ReleasedBoot => ({
	release: name,
	reference: {
		pcrs: new Map([0, 4, 7].map((pcr) => [pcr, [hex(truth.get(pcr) ?? initialPcr(pcr))]])),
		files: withFiles ? new Set(files.map(([, contents]) => hex(digest(contents)))) : null,
	},
});

const tpm = makePaperTpm();
const expected = bootQualifyingData(new Uint8Array(32).fill(7), new Uint8Array(32).fill(9), 'hall/gamma-1');
const order = [0, 4, 7, 10];

const evidenceOf = (
	pcrs: ReadonlyMap<number, Uint8Array>,
	more: Partial<BootEvidence> & { saying?: Partial<Saying>; of?: PaperTpm } = {},
): BootEvidence => {
	const values = Buffer.concat(order.map((pcr) => pcrs.get(pcr) ?? initialPcr(pcr)));
	const attested = {
		type: TPM_ST.ATTEST_QUOTE,
		pcrSelect: [selectPcrs(TPM_ALG.SHA256, ...order)],
		pcrDigest: sha256(values),
	} as const;
	const { saying = {}, of = tpm, ...rest } = more;
	const { attest, signature } = of.certify({ extraData: expected, attested, ...saying });
	return { attest, signature, pcrs: values, eventLog: log, imaList, ...rest };
};

const judge = (evidence: BootEvidence, released: readonly ReleasedBoot[] = [release('2.1.0')]): string => {
	const judged = judgeBoot(
		evidence,
		{
			attestationKey: tpm.attestationKey.area,
			tpm: { endorsementKey: tpm.endorsementArea, part: 'ek:00', manufacturer: 'paper-mill', emulated: false },
			qualifyingData: expected,
			trust: { manufacturers: [], revoked: new Set(), deniedFirmware: [] },
		},
		released,
	);
	return 'release' in judged ? judged.release : `${judged.refusal.code}: ${judged.refusal.reason}`;
};

test('a device that started a release is told by name, with and without its logs and files', () => {
	assert.equal(judge(evidenceOf(truth)), '2.1.0');
	const none = new Uint8Array();
	assert.equal(judge(evidenceOf(truth, { eventLog: none, imaList: none })), '2.1.0');
	assert.equal(judge(evidenceOf(truth), [release('2.2.0', true)]), '2.2.0');
	const older = { release: '1', reference: { pcrs: new Map([[4, ['00'.repeat(32)]]]), files: null } };
	assert.equal(judge(evidenceOf(truth), [older, release('2.1.0')]), '2.1.0');
});

test('a changed kernel, a foreign file, a lying log, and a quote of another time or TPM are told apart', () => {
	const changed = makeEventLog(
		boot.map((one) => (one.what === 'kernel 1' ? { ...one, what: 'kernel 1 with a back door' } : one)),
	);
	const after = pcrsOf(changed, imaList);
	assert.match(
		judge(evidenceOf(after, { eventLog: changed })),
		/^boot-not-released: .*PCR 4 is not that of 2\.1\.0 \(2 meas/,
	);
	// The log of the released boot, sent beside what the TPM really holds.
	assert.match(judge(evidenceOf(after)), /^boot-log-mismatch: .*PCR 4/);
	// The released values, sent beside a quote of the real ones.
	const { pcrs } = evidenceOf(truth);
	assert.match(judge(evidenceOf(after, { pcrs })), /^boot-log-mismatch: The quote/);

	const implant = makeImaList([...files, ['/tmp/implant', 'implant']]);
	const withImplant = pcrsOf(log, implant);
	const strict = [release('2.1.0', true)];
	assert.match(
		judge(evidenceOf(withImplant, { imaList: implant }), strict),
		/^boot-not-released: .*\/tmp\/implant is no file/,
	);
	assert.match(judge(evidenceOf(withImplant), strict), /^boot-log-mismatch: The IMA list/);
	assert.match(
		judge(evidenceOf(withImplant, { imaList: new Uint8Array() }), strict),
		/^boot-not-released: .*sends no IMA list/,
	);

	const stale = bootQualifyingData(new Uint8Array(32), new Uint8Array(32).fill(9), 'hall/gamma-1');
	assert.match(judge(evidenceOf(truth, { saying: { extraData: stale } })), /^evidence-stale/);
	const other = makePaperTpm();
	assert.match(judge(evidenceOf(truth, { of: other })), /^attestation-signature/);
	const signedHere = { signedBy: tpm.attestationKey.privateKey };
	assert.match(judge(evidenceOf(truth, { of: other, saying: signedHere })), /^attestation-key/);
	assert.match(judge(evidenceOf(truth), []), /^boot-not-released: .*no release has boot reference values/);
	const certifies = tpm.certify({ extraData: expected });
	assert.match(judge({ ...evidenceOf(truth), ...certifies }), /^boot-log-mismatch/);
});

test('an IMA list that has grown since the quote counts as far as it was quoted; a violation is never a known file', () => {
	const grown = makeImaList([...files, ['/tmp/later', 'later']]);
	const found = replayImaList(grown, truth.get(10) ?? initialPcr(10));
	assert.deepEqual(
		found?.map(({ path }) => path),
		files.map(([path]) => path),
	);
	assert.deepEqual(replayImaList(grown, initialPcr(10)), []);
	const violated = replayImaList(makeImaList([['/var/log', null]]), extended(10, new Uint8Array(32).fill(0xff)));
	assert.deepEqual(violated, [{ path: '/var/log', sha256: null }]);
});

test('PCR 0 begins at the locality of the start; others as the profile says', () => {
	const at3 = replayEventLog(makeEventLog([{ pcr: 0, what: 'a' }], 3)).pcrs.get(0);
	const start = initialPcr(0);
	start[31] = 3;
	assert.equal(hex(at3 ?? start), hex(extend(start, digest('a'))));
	const dynamic = replayEventLog(makeEventLog([{ pcr: 17, what: 'a' }])).pcrs.get(17);
	assert.equal(hex(dynamic ?? start), hex(extend(new Uint8Array(32).fill(0xff), digest('a'))));
});

test('logs that are cut short anywhere, or of another kind, are refused by name', () => {
	for (const [bytes, read] of [
		[log, replayEventLog],
		[imaList, (list: Uint8Array) => replayImaList(list, new Uint8Array(32).fill(1))],
	] as const) {
		let refused = 0;
		for (let end = 1; end < bytes.length; end++) {
			try {
				read(bytes.subarray(0, end));
			} catch (error) {
				assert.ok(error instanceof Problem && error.code === 'boot-log-malformed', String(error));
				refused += 1;
			}
		}
		// A log that ends between two entries is whole, as far as anybody can see; the quote tells.
		assert.ok(refused > bytes.length - 8);
	}
	const sha1Only = Buffer.from(log);
	sha1Only.write('Spec ID Event00\0', 32, 'latin1');
	assert.throws(() => replayEventLog(sha1Only), /boot-log-malformed|crypto agile/);
	const otherPcr = Buffer.from(imaList);
	otherPcr[0] = 11;
	assert.throws(() => replayImaList(otherPcr, initialPcr(4).fill(1)), Problem);
});

test('reference values are read as they are written, and nothing else is', () => {
	const { reference } = release('2.1.0', true);
	const text = writeBootReference(reference);
	assert.deepEqual(readBootReference(text), { ...reference, files: new Set([...(reference.files ?? [])].toSorted()) });
	const value = JSON.parse(text) as Record<string, unknown>;
	for (const wrong of [
		'',
		'[]',
		{ ...value, more: 1 },
		{ ...value, version: 2 },
		{ ...value, bank: 'sha1' },
		{ ...value, pcrs: {} },
		{ ...value, pcrs: { 24: ['00'.repeat(32)] } },
		{ ...value, pcrs: { 4: ['AA'.repeat(32)] } },
		{ ...value, pcrs: { 4: [] } },
		{ ...value, files: [] },
	]) {
		const bad = typeof wrong === 'string' ? wrong : JSON.stringify(wrong);
		assert.throws(() => readBootReference(bad), { code: 'boot-reference-malformed' }, bad);
	}
});

test('firmware that can be debugged has said so in PCR 7; a log that does not end there says nothing', () => {
	const measured = (...what: readonly string[]) =>
		replayEventLog(makeEventLog([{ pcr: 0, what: 'firmware 1' }, ...what.map((one) => ({ pcr: 7, what: one }))]));
	const said = (...what: readonly string[]) => {
		const replayed = measured(...what);
		return firmwareDebug(replayed, replayed.pcrs);
	};
	const separator = '\0\0\0\0';
	assert.equal(said('secure boot on', separator), 'closed');
	assert.equal(said('secure boot on', 'UEFI Debug Mode', separator), 'open');
	assert.equal(said('UEFI Debug Mode\0'), 'open');
	assert.equal(said('secure boot on'), null);
	assert.equal(said(), null);
	assert.equal(firmwareDebug(measured(separator), new Map()), null, 'PCR 7 is not quoted');
	assert.equal(firmwareDebug(null, new Map([[7, initialPcr(7)]])), null);
});
