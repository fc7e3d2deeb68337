/** An identity as it was meant, where it may stand in base64, as the values of a Secret of Kubernetes do. */
export const plainIdentity = (written: string): string => {
	if (written.length % 4 !== 0 || !/^[A-Za-z0-9+/]{4,256}={0,2}$/.test(written)) return written;
	const text = Buffer.from(written, 'base64').toString('latin1');
	return /^[\w.:@-]{1,128}$/.test(text) ? text : written;
};
