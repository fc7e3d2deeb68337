import type { Slots, UpdateTarget } from '@keyward/core/update';

/** An image that was verified, where it lies, and where it goes. */
export interface Installation {
	readonly target: UpdateTarget;
	readonly image: string;
	readonly slots: Slots;
}

/**
 * Puts images in force. Each call may come again after a power cut, also when the first one was carried through, and does the same then.
 * All throw `Problem('install-failed')`.
 */
export interface Installer {
	/** What runs now, and where the next version goes. */
	slots(): Promise<Slots>;
	/** When it resolves, `to` holds the image and is what starts next; `from` was not touched. */
	install(installation: Installation): Promise<void>;
	/** `to` works: the boot loader need not count its starts any more. */
	confirm(slots: Slots): Promise<void>;
	/** When it resolves with null, `from` is what starts next; else it says why `from` cannot start any more, and `to` stays. */
	fallBack(slots: Slots): Promise<string | null>;
	/**
	 * What can be said of the slot that runs, looked at now: `authentic` that it is what the owner signed, `whole` that it is what was
	 * installed; null where this cannot be looked at. Throws `Problem('boot-log-mismatch')` when it was changed.
	 */
	inspect(running: { readonly target: UpdateTarget; readonly image: string }): Promise<'whole' | 'authentic' | null>;
}
