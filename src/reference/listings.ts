/** Lists of the pages for machines: site maps, robots.txt, llms.txt. */
import type { Language } from '../base/language.ts';
import { CATALOGUE } from '../replies/catalogue.ts';
import { pageOf } from '../replies/pages.ts';
import { escape, LANGUAGES } from './html/text.ts';
import { pageAt, pathsOfSite, isRedirect } from './site.ts';
import { changedOn } from './changes.ts';

/** RFC 9309: the API is not for indexes of pages. */
export function robotsText(origin: string): string {
  return `User-agent: *\nAllow: /\nDisallow: /api/\nSitemap: ${origin}/sitemap.xml\n`;
}

export function siteMapIndex(origin: string): string {
  const maps = LANGUAGES.map(
    (language) => `<sitemap><loc>${escape(`${origin}/sitemap-${language}.xml`)}</loc></sitemap>\n`,
  );
  return `${XML}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${maps.join('')}</sitemapindex>\n`;
}

/** The pages that search engines may show, each with its twin. */
export function siteMap(origin: string, language: Language): string {
  const pages = indexablePaths().map((path) => {
    const twins = LANGUAGES.map(
      (other) =>
        `<xhtml:link rel="alternate" hreflang="${other}" href="${escape(`${origin}/${other}${path}`)}"/>`,
    );
    const changed = changedOn(path.split('/').slice(2));
    const day = changed === null ? '' : `<lastmod>${changed}</lastmod>`;
    return `<url><loc>${escape(`${origin}/${language}${path}`)}</loc>${day}${twins.join('')}</url>\n`;
  });
  return `${XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n${pages.join('')}</urlset>\n`;
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';

let indexable: readonly string[] | null = null;

function indexablePaths(): readonly string[] {
  indexable ??= pathsOfSite().filter((path) => {
    const page = pageAt(path, 'en');
    return page !== null && !isRedirect(page) && page.indexable && page.found;
  });
  return indexable;
}

/** The way in for language models: each line leads to a page as Markdown. */
export function llmsText(origin: string): string {
  const line = (path: string, name: string, gist: string): string =>
    `- [${name}](${origin}/en${path}.md): ${gist}\n`;
  const basic = CATALOGUE.basic.map(({ code, name, gist }) =>
    line(pageOf(code), `${code} ${name.en}`, gist.en),
  );
  const enhanced = CATALOGUE.enhanced.map(({ code, name, gist }) =>
    line(pageOf(code), `${code} ${name.en}`, gist.en),
  );
  return `# SMTP reply codes

> What each SMTP reply code and enhanced status code means, who has to act, and whether to try again. English (/en/) and Japanese (/ja/).

Every page has three twins: add .md, .txt or .json to its address. Two codes together: /en/smtp/452/4.2.2.md. Two codes compared: /en/smtp/compare/214-vs-452.md. The API is described at ${origin}/api/v1/openapi.json.

## Reply codes

${basic.join('')}
## Enhanced status codes

${enhanced.join('')}`;
}
