import { isName } from '../device/name.ts';
import { Problem } from '../problem/problem.ts';

/** As a release numbers its software: fits one part of a path. */
export const softwareVersionPattern = '^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$';

const VERSION = new RegExp(softwareVersionPattern);

export const isSoftwareVersion = (text: string): boolean => VERSION.test(text);

/** Beside the image: its bill of materials (CycloneDX) and its boot reference values. */
export const releaseFiles = ['image', 'bom.json', 'boot.json'] as const;

/** Which release a target belongs to. */
export interface ReleaseName {
	readonly application: string;
	/** The device class of the policy. */
	readonly class: string;
	readonly release: string;
}

export interface ReleaseTarget extends ReleaseName {
	/** One of `releaseFiles`, or the name of a part whose vendor signs it. */
	readonly file: string;
}

/** The delegated role that signs an application's releases. */
export const releaseRole = (application: string): string => `releases/${application}`;

/** What that role may sign (TUF 1.0.31 §4.5, `paths`). */
export const releasePattern = (application: string): string => `${releaseRole(application)}/*/*/*`;

/** The role of a vendor that signs a part by itself, delegated by the application's own. */
export const vendorRole = (application: string, vendor: string): string => `${releaseRole(application)}/${vendor}`;

/** What a vendor may sign: one part of one class, of every version, and never an image. Throws `Problem('request-malformed')`. */
export const vendorPattern = (application: string, className: string, part: string): string => {
	if (!isPart(part) || !isName(className))
		throw new Problem(
			'request-malformed',
			`${JSON.stringify(part)} of ${JSON.stringify(className)} is no part that a vendor can sign: use a name such as modem, and not ${releaseFiles.join(', ')}.`,
		);
	return `${releaseRole(application)}/${className}/*/${part}`;
};

/** The class and the part that such a pattern is of; null for any other, which could stand for an image. */
export const readVendorPattern = (
	application: string,
	pattern: string,
): { readonly class: string; readonly part: string } | null => {
	const [role, owner, className = '', any, part = '', ...rest] = pattern.split('/');
	return role === 'releases' &&
		owner === application &&
		any === '*' &&
		rest.length === 0 &&
		isName(className) &&
		isPart(part)
		? { class: className, part }
		: null;
};

const isPart = (text: string): boolean => isName(text) && !releaseFiles.some((file) => file === text);

/** Path of a release's file among the targets: `releases/{application}/{class}/{version}/image`. */
export const releaseTarget = ({ application, class: className, release }: ReleaseName, file: string): string =>
	`${releaseRole(application)}/${className}/${release}/${file}`;

/** What such a path is of; null for any other. */
export const readReleaseTarget = (path: string): ReleaseTarget | null => {
	const [role, application = '', className = '', release = '', file = '', ...rest] = path.split('/');
	if (role !== 'releases' || rest.length > 0) return null;
	if (!isName(application) || !isName(className) || !isSoftwareVersion(release) || !isName(file)) return null;
	return { application, class: className, release, file };
};
