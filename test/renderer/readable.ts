// What a person reads in an e-mail's HTML, as lines: so that a test compares the whole mail and not the markup.
// Must not interpret anything else; pictures stand as `[picture: alt]`, links as `words <address>`.

export function readable(html: string): string[] {
  return html
    .replace(/[\s\S]*<\/head>/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/&#847;|&zwnj;|&nbsp;/g, '')
    .replace(/\s+/g, ' ')
    .replace(/<img[^>]* alt="([^"]*)"[^>]*>/g, '[picture: $1]')
    .replace(/<a [^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/g, (_, address: string, words: string) =>
      `${words.trim()} <${address}>`.replace(/[<>]/g, (c) => (c === '<' ? '⟨' : '⟩')),
    )
    .replace(/<br \/>/g, ', ')
    .replace(/<\/(div|p|td|h1|tr)>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').replace(/ ,/g, ',').trim())
    .filter((line) => line !== '')
    .map((line) => line.replace(/&(amp|lt|gt|quot|#39|#34);/g, (_, name: string) => ENTITIES[name] ?? ''));
}
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#34': '"', '#39': "'" };
