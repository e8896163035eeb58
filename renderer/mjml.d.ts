// The part of mjml 5 that the renderer calls; the package ships no types. Must not describe more than is used.
declare module 'mjml' {
  /** One element as mjml read it; `content` is the raw inside of elements that hold text. */
  export interface MjmlNode {
    tagName: string;
    content?: string;
    children?: MjmlNode[];
  }
  export interface MjmlOptions {
    filePath?: string;
    ignoreIncludes?: boolean;
    fonts?: Record<string, string>;
    keepComments?: boolean;
    validationLevel?: 'strict' | 'soft' | 'skip';
  }
  /** *Errors*: with `validationLevel: 'strict'` every finding of the validator, as one error whose message lists them. */
  export default function mjml2html(source: string, options?: MjmlOptions): Promise<{ html: string; json: MjmlNode }>;
}
