import { readDerOid } from '../format/der-types.ts';
import { malformed, type PathCertificate, parts, wholeParts } from './path-certificate.ts';

export const ANY_POLICY = '2.5.29.32.0';
const [POLICIES, MAPPINGS] = ['2.5.29.32', '2.5.29.33'];

interface PolicyNode {
	readonly policy: string;
	expected: ReadonlySet<string>;
	readonly parents: readonly PolicyNode[];
}

type Level = Map<string, PolicyNode>;

/**
 * The policies under which a path is valid (RFC 5280 §6.1.2 to §6.1.5), as the graph of RFC 9618: the tree that stands in RFC 5280
 * doubles with every mapping, and a chain of a few certificates would fill the memory.
 */
export interface PolicyGraph {
	/** (d), (e): the certificate's policies; `mayBeAny` where anyPolicy counts. */
	certify(certificate: PathCertificate, mayBeAny: boolean): void;
	/** (a), (b) of the preparation: what the certificate maps to what; `mayMap` where that counts. */
	map(certificate: PathCertificate, mayMap: boolean): void;
	isEmpty(): boolean;
	/** Whether the path holds under one of these (`ANY_POLICY`: under any). */
	holdsUnder(initial: ReadonlySet<string>): boolean;
}

export const createPolicyGraph = (): PolicyGraph => {
	const root: PolicyNode = { policy: ANY_POLICY, expected: new Set([ANY_POLICY]), parents: [] };
	let level: Level = new Map([[ANY_POLICY, root]]);

	return {
		certify(certificate, mayBeAny) {
			const policies = readPolicies(certificate);
			const next: Level = new Map();
			const add = (policy: string, parents: readonly PolicyNode[]): void => {
				if (parents.length > 0 && !next.has(policy)) next.set(policy, { policy, expected: new Set([policy]), parents });
			};
			const expecting = (policy: string) => [...level.values()].filter(({ expected }) => expected.has(policy));
			const any = level.get(ANY_POLICY);
			for (const policy of policies) {
				if (policy === ANY_POLICY) continue;
				const parents = expecting(policy);
				add(policy, parents.length > 0 || any === undefined ? parents : [any]);
			}
			if (mayBeAny && policies.has(ANY_POLICY)) {
				for (const policy of new Set([...level.values()].flatMap(({ expected }) => [...expected])))
					add(policy, expecting(policy));
			}
			level = next;
		},
		map(certificate, mayMap) {
			const any = level.get(ANY_POLICY);
			for (const [policy, expected] of readMappings(certificate)) {
				const node = level.get(policy);
				if (!mayMap) level.delete(policy);
				else if (node !== undefined) node.expected = expected;
				else if (any !== undefined) level.set(policy, { policy, expected, parents: any.parents });
			}
		},
		isEmpty: () => level.size === 0,
		holdsUnder: (initial) => {
			if (initial.has(ANY_POLICY)) return level.size > 0;
			const known = new Map<PolicyNode, boolean>();
			const holds = (node: PolicyNode): boolean => {
				if (node.policy === ANY_POLICY) return true;
				const before = known.get(node);
				if (before !== undefined) return before;
				// (g)(iii): counted in the policies of who is asked, which are those just below anyPolicy.
				const found = node.parents.some((parent) =>
					parent.policy === ANY_POLICY ? initial.has(node.policy) : holds(parent),
				);
				known.set(node, found);
				return found;
			};
			return [...level.values()].some(holds);
		},
	};
};

/** RFC 5280 §4.2.1.4. Qualifiers are for people. */
const readPolicies = ({ extensions }: PathCertificate): Set<string> => {
	const extension = extensions.get(POLICIES);
	const found = new Set<string>();
	for (const information of extension === undefined ? [] : wholeParts(extension.value, 0x30)) {
		const [identifier] = parts(information, 0x30);
		const policy = oid(identifier);
		if (found.has(policy)) throw malformed(`it names the policy ${policy} twice`);
		found.add(policy);
	}
	return found;
};

/** RFC 5280 §4.2.1.5. */
const readMappings = ({ extensions }: PathCertificate): Map<string, Set<string>> => {
	const extension = extensions.get(MAPPINGS);
	const found = new Map<string, Set<string>>();
	for (const mapping of extension === undefined ? [] : wholeParts(extension.value, 0x30)) {
		const [from, to] = parts(mapping, 0x30).map(oid);
		// §6.1.4 (a): anyPolicy mapped to something would be any policy made into that one.
		if (from === undefined || to === undefined || from === ANY_POLICY || to === ANY_POLICY)
			throw malformed('it maps anyPolicy');
		found.set(from, (found.get(from) ?? new Set()).add(to));
	}
	return found;
};

const oid = (der: Uint8Array | undefined): string => {
	if (der?.[0] !== 0x06) throw malformed('a policy is no OBJECT IDENTIFIER');
	return readDerOid(der);
};
