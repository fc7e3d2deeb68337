/** One quantity of one device. */
export interface StreamName {
	readonly application: string;
	readonly device: string;
	readonly stream: string;
}

/** The topic of its readings, and its key in maps: no name has a `/` (see `namePattern`), so that two streams never share one. */
export const topicOf = ({ application, device, stream }: StreamName): string => `${application}/${device}/${stream}`;

export const isSameStream = (a: StreamName, b: StreamName): boolean =>
	a.application === b.application && a.device === b.device && a.stream === b.stream;

/** The stream whose topic this is; null for text of more or fewer levels. The levels may be anything, wildcards included. */
export const streamOfTopic = (topic: string): StreamName | null => {
	const [application, device, stream, ...more] = topic.split('/');
	if (application === undefined || device === undefined || stream === undefined || more.length > 0) return null;
	return { application, device, stream };
};

/** Where a device reads its commands. Topics with `_` are the service's own. */
export const commandTopicOf = ({ application, id }: { readonly application: string; readonly id: string }): string =>
	`${application}/${id}/_commands`;

/** Where a device hears that its owner's roster is another: an exact filter, which no wildcard reaches. */
export const rosterTopicOf = ({ application, id }: { readonly application: string; readonly id: string }): string =>
	`${application}/${id}/_roster`;

/** Where a device says what became of its commands. */
export const receiptTopicOf = ({ application, id }: { readonly application: string; readonly id: string }): string =>
	`${application}/${id}/_receipts`;
