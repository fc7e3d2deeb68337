import type { PersonRole } from '../port/person-store.ts';
import type { Link } from './link.ts';
import type { SessionPlace } from './session-place.ts';

/**
 * Who calls, as a listener could see it; whether that is enough is decided by `authorize`, at each call. Services become
 * a kind of their own here: `authorize` and `AccessRule` do not compile before they decide about each.
 */
export type Caller =
	/** Came through the local socket in the data folder, which only its owner can open. */
	/** `login` is what its program says of who started it: the socket proves the data folder's owner and no person. */
	| { readonly kind: 'operator'; readonly login?: string }
	/** Proved possession of the key of a certificate that chains to the site root; SHA-256 of the DER, lower-case hex. */
	| { readonly kind: 'certificate'; readonly fingerprint: string; readonly link: Link }
	/** Shows the cookie of a session; SHA-256 of its token, lower-case hex. */
	/** `background`: their page asks by itself, and nobody is known to sit before it. */
	/** `place`: where the cookie was shown. */
	| {
			readonly kind: 'person';
			readonly session: string;
			readonly link: Link | null;
			readonly place: SessionPlace;
			readonly background?: true;
	  }
	/** Shows no certificate of this site; without TLS there is no link. */
	| { readonly kind: 'anonymous'; readonly link: Link | null };

/** Who may call an operation: one kind of caller, and where the kind has roles, one of them. */
export type AccessRule =
	| { readonly kind: 'operator' }
	| { readonly kind: 'anonymous' }
	/** The role is what the registry says of the certificate's holder; `program`: a reader that its application's policy names for it. */
	| { readonly kind: 'certificate'; readonly role: 'device' | 'reader' | 'program' }
	/** The role is what the store says of the session's person. */
	| { readonly kind: 'person'; readonly role: PersonRole };

/** What the decision about a call depends on, of the operation that is called. */
export interface OperationRule {
	readonly name: string;
	/** Anybody else is refused; without any, everybody (IEC 62443-4-2 CR 2.1). */
	readonly callers: readonly AccessRule[];
	/** The input names a stream (application, device, stream), and a grant must cover it. */
	readonly reads?: 'stream';
	/** Where a policy asks for dual control, it takes two people; `but-first`: not while there is nobody yet. */
	readonly privileged?: true | 'but-first';
}
