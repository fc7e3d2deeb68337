import { isAbsolute } from 'node:path';
import { Problem } from '@keyward/core';
import type * as Pkcs11js from 'pkcs11js';
import type { TokenIdentity } from './emulator.ts';
import { failureOf, returnValueOf } from './failure.ts';
import type { TokenName } from './message.ts';

/** A loaded module with a session in which the user is logged in. */
export interface Cryptoki {
	readonly constants: typeof Pkcs11js;
	readonly module: Pkcs11js.PKCS11;
	readonly slot: Pkcs11js.Handle;
	readonly session: Pkcs11js.Handle;
	readonly identity: TokenIdentity;
}

/**
 * Loads the module, finds the one token of that name and logs in. Once in a process: a module keeps its state for as long as the
 * process lives, and is never finalised, since others in the process may use it too.
 * Throws `token-module`, `token-absent`, `token-pin`, `token-failed`.
 */
export const openCryptoki = async (path: string, name: TokenName, pin: string): Promise<Cryptoki> => {
	const constants = await loadNative();
	const module = loadModule(constants, path);
	const slot = findSlot(constants, module, path, name);
	const { label, serial, manufacturer, model, flags } = readToken(module, slot);
	if ((flags & constants.CKF_TOKEN_INITIALIZED) === 0)
		throw new Problem('token-failed', `The token ${JSON.stringify(label)} is not initialised: do it by its own tool.`);
	const session = module.C_OpenSession(slot, constants.CKF_SERIAL_SESSION | constants.CKF_RW_SESSION);
	if ((flags & constants.CKF_LOGIN_REQUIRED) !== 0) login(constants, module, slot, session, pin);
	const info = module.C_GetInfo();
	return {
		constants,
		module,
		slot,
		session,
		identity: {
			label,
			serial,
			manufacturer,
			model,
			libraryManufacturer: info.manufacturerID.trim(),
			libraryDescription: info.libraryDescription.trim(),
		},
	};
};

/** The native half of pkcs11js, which needs a C++ compiler once. */
const loadNative = async (): Promise<typeof Pkcs11js> => {
	try {
		const loaded = (await import('pkcs11js')) as typeof Pkcs11js & { readonly default?: typeof Pkcs11js };
		return loaded.default ?? loaded;
	} catch (cause) {
		throw new Problem(
			'token-module',
			'Keys in PKCS#11 tokens need the native module pkcs11js, which is not built here: install a C++ compiler (Debian: apt-get install g++) and run "npm run native".',
			{ cause },
		);
	}
};

const loadModule = (constants: typeof Pkcs11js, path: string): Pkcs11js.PKCS11 => {
	// A bare name would be looked for along LD_LIBRARY_PATH: anyone who sets that would be given the PIN.
	if (!isAbsolute(path))
		throw new Problem('token-module', `The PKCS#11 module ${path} must be named by its whole path.`);
	const module = new constants.PKCS11();
	try {
		module.load(path);
	} catch (cause) {
		const said = cause instanceof Error ? cause.message : String(cause);
		throw new Problem('token-module', `${path} cannot be loaded as a PKCS#11 module: ${said}`, { cause });
	}
	try {
		// PKCS #11 v2.40 §5.4: without this flag the module takes no locks, and two threads corrupt its memory.
		module.C_Initialize({ flags: constants.CKF_OS_LOCKING_OK });
	} catch (error) {
		if (returnValueOf(error) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') {
			throw new Problem('token-module', `${path} cannot be started: ${failureOf(error).detail}`, { cause: error });
		}
	}
	return module;
};

interface TokenState extends Pick<TokenIdentity, 'label' | 'serial' | 'manufacturer' | 'model'> {
	readonly flags: number;
}

const readToken = (module: Pkcs11js.PKCS11, slot: Pkcs11js.Handle): TokenState => {
	const { label, serialNumber, manufacturerID, model, flags } = module.C_GetTokenInfo(slot);
	return {
		label: unpad(label),
		serial: unpad(serialNumber),
		manufacturer: unpad(manufacturerID),
		model: unpad(model),
		flags,
	};
};

/** Cryptoki pads with blanks; some modules with zeros. */
const unpad = (text: string): string => {
	let end = text.length;
	while (end > 0 && '\0 '.includes(text.charAt(end - 1))) end--;
	return text.slice(0, end);
};

const findSlot = (
	constants: typeof Pkcs11js,
	module: Pkcs11js.PKCS11,
	path: string,
	{ label, serial }: TokenName,
): Pkcs11js.Handle => {
	const seen: { readonly slot: Pkcs11js.Handle; readonly token: TokenState }[] = [];
	for (const slot of module.C_GetSlotList(true)) {
		try {
			seen.push({ slot, token: readToken(module, slot) });
		} catch (error) {
			// One token that does not answer hides no other.
			if (returnValueOf(error) === null) throw error;
		}
	}
	const matching = seen.filter(
		({ token }) => (label === undefined || token.label === label) && (serial === undefined || token.serial === serial),
	);
	const wanted = [
		...(label === undefined ? [] : [JSON.stringify(label)]),
		...(serial === undefined ? [] : [`with serial ${JSON.stringify(serial)}`]),
	].join(' ');
	const [found, another] = matching;
	if (found === undefined) {
		const labels = seen
			.filter(({ token }) => (token.flags & constants.CKF_TOKEN_INITIALIZED) !== 0)
			.map(({ token }) => JSON.stringify(token.label));
		throw new Problem(
			'token-absent',
			`${path} sees no token ${wanted} (${labels.length === 0 ? 'it sees none' : `it sees ${labels.join(', ')}`}): put it in, or mend the name.`,
		);
	}
	if (another !== undefined) {
		const serials = matching.map(({ token }) => token.serial).join(', ');
		throw new Problem(
			'token-failed',
			`${path} sees ${matching.length} tokens ${wanted}: name the serial too (${serials}).`,
		);
	}
	return found.slot;
};

/** Logs in; says how near a refused PIN is to being locked, and never spends the last try. */
const login = (
	constants: typeof Pkcs11js,
	module: Pkcs11js.PKCS11,
	slot: Pkcs11js.Handle,
	session: Pkcs11js.Handle,
	pin: string,
): void => {
	const { flags } = module.C_GetTokenInfo(slot);
	if ((flags & constants.CKF_USER_PIN_LOCKED) !== 0) throw asProblem(new Error('CKR_PIN_LOCKED'));
	// A service that starts again and again with a wrong PIN would lock the token for good.
	if ((flags & constants.CKF_USER_PIN_FINAL_TRY) !== 0) {
		throw new Problem(
			'token-pin',
			'One wrong PIN more locks this token, so it is not tried: log in once by hand (pkcs11-tool --login --test), which clears the count.',
		);
	}
	try {
		module.C_Login(session, constants.CKU_USER, pin);
	} catch (error) {
		const name = returnValueOf(error);
		if (name === 'CKR_USER_ALREADY_LOGGED_IN') return;
		throw asProblem(error, name === 'CKR_PIN_INCORRECT' ? triesLeft(constants, module, slot) : '');
	}
};

/** What CK_TOKEN_INFO's flags tell of tries; Cryptoki gives no number. */
const triesLeft = (constants: typeof Pkcs11js, module: Pkcs11js.PKCS11, slot: Pkcs11js.Handle): string => {
	const { flags } = module.C_GetTokenInfo(slot);
	if ((flags & constants.CKF_USER_PIN_LOCKED) !== 0) return 'It is locked now.';
	if ((flags & constants.CKF_USER_PIN_FINAL_TRY) !== 0) return 'One wrong PIN more locks it.';
	return (flags & constants.CKF_USER_PIN_COUNT_LOW) === 0
		? ''
		: 'Wrong PINs were given since the last good one; a few more lock it.';
};

const asProblem = (error: unknown, more = ''): Problem => {
	const { code, detail } = failureOf(error, more);
	return new Problem(code, detail, { cause: error });
};
