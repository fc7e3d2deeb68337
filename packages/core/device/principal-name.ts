/** What a device or reader is called. Unique by all three; a device and a reader of an application may share an `id`. */
export interface PrincipalName {
	readonly kind: 'device' | 'reader';
	readonly application: string;
	readonly id: string;
}

/**
 * As a key of maps. No name has a `/` (see `namePattern`), so that two principals never share one. Other components of a site,
 * such as its service, are told apart by it too.
 */
export const principalKey = ({
	application,
	kind,
	id,
}: Omit<PrincipalName, 'kind'> & { readonly kind: string }): string => `${application}/${kind}/${id}`;

export const isSamePrincipal = (a: PrincipalName, b: PrincipalName): boolean =>
	a.kind === b.kind && a.application === b.application && a.id === b.id;

/** A device's or reader's name among those of its kind: its MQTT client identifier, and what evidence of a key names. */
export const qualifiedName = ({ application, id }: Pick<PrincipalName, 'application' | 'id'>): string =>
	`${application}/${id}`;
