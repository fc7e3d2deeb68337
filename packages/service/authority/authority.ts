import assert from 'node:assert/strict';
import { hash, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { issuingAuthorityCertificate, serviceAuthorityCertificate, siteRootCertificate } from '@keyward/core/enrol';
import { type CertificateView, encodePem, isIssuedBy } from '@keyward/core/format';
import type { AuthorityStore, Clock, Entropy, Signer } from '@keyward/core/port';
import { type FileKeyOptions, makePrivateFolder } from '@keyward/custody';
import { createMutex } from '../thread/mutex.ts';
import type { AuthorityCustody } from '../site/site-file.ts';
import { type CertifiedKey, certify, isKeyAway, isPassing } from './certified-key.ts';
import { type Held, type Line, openLine, type LineContext } from './generations.ts';
import { openKeyStores } from './key-stores.ts';
import { type AuthorityRecord, recordsOf } from './authority-record.ts';
import { type AuthorityName, issuingName, openRegister } from './inventory.ts';
import { type NamingPolicies, openOtherAuthorities, type OtherAuthorities } from './other-authorities.ts';
import { openServiceKey, type ServiceTls } from './service-key.ts';

/** The site's own keys: who admits devices and readers, and what the service shows them. */
export interface Authority {
	/** DER, of the generation that signs. */
	readonly siteRoot: Uint8Array;
	/**
	 * The CA that devices pin for the service, of the generation that signs; its SubjectPublicKeyInfo's hash goes into every
	 * commissioning string.
	 */
	readonly serviceCa: CertificateView;
	/** The application's issuing CA of the generation that signs; made, durably, when it is asked for first. */
	issuing(application: string): Promise<CertifiedKey>;
	/** Every issuing CA of the application that counts, the one that signs first: others signed what is still good. */
	issuers(application: string): Promise<readonly CertifiedKey[]>;
	/**
	 * Whether a certificate in DER, which this site signed or took in, is by a generation of the application's issuing CA that
	 * counts, or by a CA of others that its policy names. Asks for
	 * names and key identifiers alone: cheap enough for every session.
	 */
	counts(application: string, der: Uint8Array): boolean;
	/** CAs of others whose certificates are taken. */
	readonly others: OtherAuthorities;
	/** What a TLS listener shows: private key, and leaf with its CAs, in PEM. */
	readonly tls: ServiceTls;
	/** Anchors for client certificates, PEM: site roots and issuing CAs that count, and CAs of others that a policy names. */
	caBundle(): string;
	/** The same, link certificates between roots, and the service CAs, DER: EST /cacerts (RFC 7030 §4.1.3). */
	certificates(): Uint8Array[];

	/** Every generation of every CA, with where its key is. */
	list(): Promise<AuthorityRecord[]>;
	/** Each as {@link Line} says; who trusts what changes at once. */
	roll(name: AuthorityName, lost: boolean): Promise<Held>;
	activate(name: AuthorityName): Promise<void>;
	reinstate(name: AuthorityName): Promise<void>;
	retire(name: AuthorityName, number: number): Promise<void>;
	/** Generations that are announced, active or outgoing, oldest first. */
	held(name: AuthorityName): readonly Held[];
	/** CAs that are opened. */
	names(): readonly AuthorityName[];
	/**
	 * What time alone asks for: the service's TLS certificate renewed when less than a third of its life is left, and what
	 * was cut short finished. Throws nothing that passes by itself, such as an absent token.
	 */
	tend(): Promise<void>;
	/** Told when what listeners show or trust changed. */
	onChange(listener: () => void): void;
	close(): Promise<void>;
}

export interface AuthorityOptions extends FileKeyOptions {
	/** Of keys and certificates. Made with mode 0700 when it is not there. */
	readonly folder: string;
	/** Which generations there are, and how far each is. */
	readonly store: AuthorityStore;
	readonly clock: Clock;
	readonly entropy: Entropy;
	/** Say which CAs of others are trusted; none where it is left out. */
	readonly policies?: NamingPolicies;
	/** Applications whose issuing CA is opened at once. */
	readonly applications: readonly string[];
	/** Host names and addresses beside localhost, 127.0.0.1 and ::1. */
	readonly hostNames: readonly string[];
	/** Where new keys are made; files by default. */
	readonly custody?: AuthorityCustody;
	/** Names of certificate files whose key is lost: opened without it. */
	readonly lostKeys?: readonly string[];
}

/**
 * Opens the site's keys and certificates, making what is missing and finishing what a crash cut short. Throws
 * `Problem('site-configuration')`, `Problem('key-file')`, and for keys in a token `token-module`, `token-pin` and, when something must be
 * made in it, `token-absent`.
 */
export const openAuthority = async (options: AuthorityOptions): Promise<Authority> => {
	const { folder, store, clock, entropy, custody = { custody: 'file' } } = options;
	await makePrivateFolder(folder);
	const register = await openRegister(folder, store, clock.now(), entropy);
	const sealed = options.sealFile === undefined ? {} : { sealFile: options.sealFile };
	const keyStores = openKeyStores(folder, register.site, custody, sealed);
	const context: LineContext = { folder, register, keyStores, clock, entropy, lost: new Set(options.lostKeys) };
	const terms = (signer: Signer) => ({ publicKey: signer.publicKey, now: clock.now(), entropy });
	const nobody: NamingPolicies = { policyOf: () => null, epochs: () => [] };
	const others = await openOtherAuthorities(join(folder, 'others'), options.policies ?? nobody);
	/** By a certificate's SHA-256: to parse it costs as much as the rest of a session's judgement. */
	const issuerOf = new Map<string, CertificateView>();
	let changed = (): void => {};
	const inTurn = createMutex();

	const siteRoot = await openLine(context, 'site-root', {
		make: (signer) => certify(siteRootCertificate(terms(signer)), signer),
		link: 'site-root',
		announces: false,
	});
	const serviceCa = await openLine(context, 'service-ca', {
		make: (signer) => certify(serviceAuthorityCertificate(terms(signer)), signer),
		link: 'service-ca',
		announces: true,
	});
	const service = await openServiceKey({
		folder,
		options: sealed,
		hostNames: options.hostNames,
		clock,
		entropy,
		serviceCa,
	});

	const issuing = new Map<string, Promise<Line>>();
	const lines = new Map<AuthorityName, Line>([siteRoot, serviceCa].map((line) => [line.name, line]));
	const openIssuance = async (application: string): Promise<Line> => {
		const line = await openLine(context, issuingName(application), {
			make: (signer, kept) => {
				const root = siteRoot.active();
				const content = issuingAuthorityCertificate(application, root.certificate, terms(signer));
				// Certified by another root, it lives no longer than it was meant to.
				const notAfter = Math.min(content.notAfter, kept?.notAfter ?? Infinity);
				return certify({ ...content, notAfter }, root.signer);
			},
			isGood: ({ der }) => isIssuedBy(der, siteRoot.active().certificate.der),
			link: null,
			announces: false,
		});
		lines.set(line.name, line);
		return line;
	};
	const issuingLine = (application: string): Promise<Line> => {
		assert(isName(application), 'applications are named when their policy is read');
		const found = issuing.get(application) ?? openIssuance(application);
		issuing.set(application, found);
		// A failure is not remembered: the next call tries again.
		found.catch(() => issuing.delete(application));
		return found;
	};
	const issuingLines = (): Line[] => [...lines.values()].filter((line) => line !== siteRoot && line !== serviceCa);
	const anchors = (): Uint8Array[] =>
		[siteRoot, ...issuingLines()].flatMap((line) => line.held().map(({ certificate }) => certificate.der));
	const links = (): Uint8Array[] =>
		[siteRoot, serviceCa].flatMap((line) =>
			line
				.held()
				.flatMap(({ byPredecessor, predecessor }) => [byPredecessor, predecessor])
				.flatMap((link) => (link === null ? [] : [link.der])),
		);
	const lineOf = (name: AuthorityName): Line => {
		const line = lines.get(name);
		if (line !== undefined) return line;
		throw new Problem('policy-unknown-application', `There is no CA ${name}: see keyward ca list.`);
	};
	/** After any change of a CA: what hangs from it follows, and listeners hear of it. */
	const follow = async (): Promise<void> => {
		for (const line of issuingLines()) await line.reopen();
		await service.renewIfDue();
		changed();
	};

	// One that has no certificate yet waits for a token that is away; it is tried again when it is asked for.
	for (const application of options.applications) await issuingLine(application).catch(falseIfPassing);
	return {
		get siteRoot() {
			return siteRoot.active().certificate.der;
		},
		get serviceCa() {
			return serviceCa.active().certificate;
		},
		get tls() {
			return service.tls();
		},
		others: {
			...others,
			take: async (...taken) => {
				await others.take(...taken);
				changed();
			},
		},
		issuing: async (application) => (await issuingLine(application)).active(),
		issuers: async (application) => {
			const line = await issuingLine(application);
			return [line.active(), ...line.held().filter(({ generation }) => generation.state !== 'active')];
		},
		counts: (application, der) => {
			const held = lines.get(issuingName(application))?.held() ?? [];
			const digest = digestOf(der);
			const known = issuerOf.get(digest);
			// What is known is who issued it; whether that one counts is looked at each time.
			if (held.some((one) => one.certificate === known)) return true;
			const certificate = new X509Certificate(der);
			const issuer = held.find((one) => certificate.checkIssued(parsed(one.certificate)));
			if (issuer === undefined) return others.counts(application, certificate);
			if (issuerOf.size >= MOST_KNOWN) issuerOf.clear();
			issuerOf.set(digest, issuer.certificate);
			return true;
		},
		caBundle: () => [...anchors(), ...others.anchors()].map((der) => encodePem('CERTIFICATE', der)).join(''),
		certificates: () => [...anchors(), ...links(), ...serviceCa.held().map(({ certificate }) => certificate.der)],
		list: async () =>
			(await Promise.all([...lines.values()].map((line) => recordsOf(line, register, keyStores)))).flat(),
		roll: (name, lost) =>
			inTurn(async () => {
				const held = await lineOf(name).roll(lost);
				await follow();
				return held;
			}),
		reinstate: (name) =>
			inTurn(async () => {
				await lineOf(name).reinstate();
				await follow();
			}),
		activate: (name) =>
			inTurn(async () => {
				await lineOf(name).activate();
				await follow();
			}),
		retire: (name, number) =>
			inTurn(async () => {
				// It counts no more; with a token that is away, its key is destroyed when the token is back.
				await lineOf(name).retire(number).catch(falseIfAway);
				await follow();
			}),
		held: (name) => lineOf(name).held(),
		names: () => [...lines.keys()],
		tend: () =>
			inTurn(async () => {
				const made: boolean[] = [];
				for (const line of lines.values()) made.push(await line.finish().catch(falseIfAway));
				if (made.includes(true)) await follow();
				else if (await service.renewIfDue()) changed();
			}),
		onChange: (listener) => {
			changed = listener;
		},
		close: () => keyStores.close(),
	};
};

/** Most certificates whose issuer is remembered; some 150 bytes each. */
const MOST_KNOWN = 20_000;

/** Of bytes that are asked about again and again, as the registry remembers them. */
const digests = new WeakMap<Uint8Array, string>();
const digestOf = (der: Uint8Array): string => {
	const digest = digests.get(der) ?? hash('sha256', der, 'base64');
	digests.set(der, digest);
	return digest;
};

const views = new WeakMap<CertificateView, X509Certificate>();
const parsed = (view: CertificateView): X509Certificate => {
	const known = views.get(view) ?? new X509Certificate(view.der);
	views.set(view, known);
	return known;
};

const falseIfPassing = (error: unknown): false => {
	if (isPassing(error)) return false;
	throw error;
};

const falseIfAway = (error: unknown): false => {
	if (isKeyAway(error)) return false;
	throw error;
};
