export { type Client, connectLocal, connectRemote, type ReadingsOptions } from './client.ts';
export { type Page, pages, type PagesOptions, type TimeSpan } from './pages.ts';
