export { type Client, connectLocal, connectRemote, type ReadingsOptions } from './client.ts';
export { Opener, type OpenPage, type OpenReading } from './opener.ts';
export { type Page, pages, type PagesOptions, type TimeSpan } from './pages.ts';
