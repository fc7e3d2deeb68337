import type { BootEvidence, ClearedEvidence, ClearingEvidence, FloorEvidence } from '@keyward/core/attest';
import type { Caller } from '@keyward/core/authorize';
import type { CertificationRequest } from '@keyward/core/format';
import type { Channel } from '../thread/channel.ts';
import { laneOf } from '../thread/caller-lane.ts';
import type { Lane } from '../thread/lanes.ts';
import type { Challenge, ChallengeRequest, ClientProof, Statement } from './attestation.ts';
import type { EstConnection } from './enrol.ts';

/** What EST asks of the committer's thread. Every method throws `Problem` with the code that the peer is told. */
export interface EstRpc {
	/**
	 * EST /cacerts (RFC 7030 §4.1.2): DER certificates: site root, issuing CAs, service CA. A label (§3.2.2) names an
	 * application, here and below: null without one; `Problem('no-such-thing')` for one that the site does not have.
	 */
	caCertificates(label: string | null, caller: Caller): Promise<Uint8Array[]>;
	/** EST /csrattrs (RFC 7030 §4.5.2): CsrAttrs, DER. */
	csrAttributes(label: string | null): Promise<Uint8Array>;
	/** Our /challenge (docs/attestation.md). `binding` names the TLS connection, here and below: base64 of its exporter. */
	challenge(request: ChallengeRequest, by: ClientProof, binding: string, label: string | null): Promise<Challenge>;
	/** Our /endorsement: resolves when the part's certificate, for the key to be certified, leads to a manufacturer. */
	endorse(certificates: readonly Uint8Array[], by: ClientProof, binding: string, label: string | null): Promise<void>;
	/** Our /evidence: resolves when the key was found to be in its part. */
	appraise(statement: Statement, binding: string): Promise<void>;
	/** Our /boot: the release that the device started; null where nobody asks. */
	appraiseBoot(evidence: BootEvidence, binding: string): Promise<string | null>;
	/** Our /floor: resolves when the device's own TPM said its security floor. */
	appraiseFloor(evidence: FloorEvidence, binding: string): Promise<void>;
	/** Our /clearing: what proves its holder at the challenge of /cleared. */
	beginClearing(evidence: ClearingEvidence, caller: Caller, binding: string): Promise<string>;
	/** Our /cleared: resolves when the device's TPM showed that it was cleared. */
	finishClearing(evidence: ClearedEvidence, binding: string): Promise<void>;
	/** Throws `Problem('token-unknown')`: asked before a stranger's request is parsed and its signature verified. */
	requireToken(token: string): Promise<void>;
	/** EST /simpleenroll (RFC 7030 §4.2.1): DER certificate first, then its issuing CA. `token` is the Basic password. */
	enrol(request: CertificationRequest, token: string, on: EstConnection): Promise<Uint8Array[]>;
	/** EST /simplereenroll (RFC 7030 §4.2.2) under the caller's certificate; same result as `enrol`. */
	renew(request: CertificationRequest, caller: Caller, on: EstConnection): Promise<Uint8Array[]>;
}

interface Labelled {
	readonly label: string | null;
}

interface Proved extends Labelled {
	readonly by: ClientProof;
	readonly binding: string;
}

interface Request {
	/** Parsed, and its signature verified, by the thread that took it. */
	readonly request: CertificationRequest;
	readonly on: EstConnection;
}

export interface EstTopics {
	readonly caCertificates: readonly [ask: Labelled & { readonly caller: Caller }, answer: Uint8Array[]];
	readonly csrAttributes: readonly [ask: Labelled, answer: Uint8Array];
	readonly challenge: readonly [ask: Proved & { readonly request: ChallengeRequest }, answer: Challenge];
	readonly endorse: readonly [ask: Proved & { readonly certificates: readonly Uint8Array[] }, answer: void];
	readonly appraise: readonly [ask: { readonly statement: Statement; readonly binding: string }, answer: void];
	readonly appraiseBoot: readonly [
		ask: { readonly evidence: BootEvidence; readonly binding: string },
		answer: string | null,
	];
	readonly appraiseFloor: readonly [ask: { readonly evidence: FloorEvidence; readonly binding: string }, answer: void];
	readonly beginClearing: readonly [
		ask: { readonly evidence: ClearingEvidence; readonly caller: Caller; readonly binding: string },
		answer: string,
	];
	readonly finishClearing: readonly [
		ask: { readonly evidence: ClearedEvidence; readonly binding: string },
		answer: void,
	];
	readonly requireToken: readonly [ask: string, answer: void];
	readonly enrol: readonly [ask: Request & { readonly token: string }, answer: Uint8Array[]];
	readonly renew: readonly [ask: Request & { readonly caller: Caller }, answer: Uint8Array[]];
}

const laneOfProof = (by: ClientProof): Lane => ('certificate' in by ? 'certificates' : 'strangers');

/** EST as a worker calls it. */
export const openEstRpc = (channel: Pick<Channel<EstTopics>, 'ask'>): EstRpc => ({
	caCertificates: (label, caller) => channel.ask('caCertificates', { label, caller }, [], laneOf(caller)),
	csrAttributes: (label) => channel.ask('csrAttributes', { label }, [], 'strangers'),
	challenge: (request, by, binding, label) =>
		channel.ask('challenge', { request, by, binding, label }, [], laneOfProof(by)),
	endorse: (certificates, by, binding, label) =>
		channel.ask('endorse', { certificates, by, binding, label }, [], laneOfProof(by)),
	appraise: (statement, binding) => channel.ask('appraise', { statement, binding }, [], 'strangers'),
	appraiseBoot: (evidence, binding) => channel.ask('appraiseBoot', { evidence, binding }, [], 'certificates'),
	appraiseFloor: (evidence, binding) => channel.ask('appraiseFloor', { evidence, binding }, [], 'certificates'),
	beginClearing: (evidence, caller, binding) =>
		channel.ask('beginClearing', { evidence, caller, binding }, [], laneOf(caller)),
	finishClearing: (evidence, binding) => channel.ask('finishClearing', { evidence, binding }, [], 'strangers'),
	requireToken: (token) => channel.ask('requireToken', token, [], 'strangers'),
	enrol: (request, token, on) => channel.ask('enrol', { request, token, on }, [], 'strangers'),
	renew: (request, caller, on) => channel.ask('renew', { request, caller, on }, [], laneOf(caller)),
});
