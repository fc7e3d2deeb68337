export { readTrust } from './attestation-trust.ts';
export { requireRoomForSite, requireWritableFolder } from './data-folder.ts';
export { openSite, SITE_FILE } from './open-site.ts';
export { readSite } from './read-site.ts';
export {
	type HttpsListenerOptions,
	type LogLevel,
	logLevels,
	type MqttListenerOptions,
	type SiteFile,
} from './site-file.ts';
export { type SiteAnswers, siteTemplate, usualAnswers } from './template.ts';
