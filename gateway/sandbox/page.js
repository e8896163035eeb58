/**
 * The sandbox's page: fetches the session, fills the two selects, and mounts GraphiQL with a fetcher that speaks for the principal and
 * purpose chosen at that moment, over HTTP and, for subscriptions, over graphql-transport-ws. Tokens live in this closure only: never
 * in the document, an address, GraphiQL's editors or the browser's storage.
 */
/* global React, ReactDOM, GraphiQL, graphqlWs */
(async () => {
  'use strict';

  // GraphiQL puts it on the style element it adds.
  globalThis.__webpack_nonce__ = document.currentScript.nonce;

  const principalSelect = document.getElementById('principal');
  const purposeSelect = document.getElementById('purpose');
  const meaning = document.getElementById('meaning');
  const notice = document.getElementById('notice');

  let session;
  try {
    session = await fetchSession();
  } catch (error) {
    notice.textContent = error.message;
    return;
  }

  /** What the person chose last; a principal that may not act for it gets the first purpose of its own. */
  let wanted = session.start.purpose ?? '';
  const principal = () => session.principals.find(({ name }) => name === principalSelect.value);

  principalSelect.append(...session.principals.map(({ name }) => new Option(name, name)));
  principalSelect.value = session.start.principal;
  offerPurposes();
  principalSelect.addEventListener('change', () => {
    offerPurposes();
    reconnect();
  });
  purposeSelect.addEventListener('change', () => {
    wanted = purposeSelect.value;
    explain();
    reconnect();
  });
  document.getElementById('choices').addEventListener('submit', (event) => event.preventDefault());
  document.getElementById('choices').hidden = false;

  let socket = connect();
  const ask = GraphiQL.createFetcher({
    url: '/graphql',
    enableIncrementalDelivery: false,
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...credentials() } }),
  });
  document.addEventListener('mouseover', leaveStringsAlone, true);
  notice.remove();
  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    React.createElement(
      GraphiQL,
      {
        fetcher: (operation, { documentAST } = {}) =>
          isSubscription(operation, documentAST) ? subscribe(operation) : ask(operation),
        defaultTabs: session.tabs,
        defaultEditorToolsVisibility: 'variables',
        // Credentials come from the selects; an editor for them would only be a place to leave a token in.
        isHeadersEditorEnabled: false,
        showPersistHeadersSettings: false,
        storage: storageOf(session.example),
      },
      React.createElement(GraphiQL.Logo, null, '/graphql'),
    ),
  );

  async function fetchSession() {
    const response = await fetch('/sandbox/session', {
      method: 'POST',
      headers: { 'x-facet-sandbox': '1' },
      cache: 'no-store',
      // The page sends no referrer; here the gateway wants to see the Origin.
      referrerPolicy: 'same-origin',
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.errors[0].message);
    return body;
  }

  /** The principal's own purposes, none, and below them the others: what is refused can be tried too. */
  function offerPurposes() {
    const { name, purposes } = principal();
    const others = session.purposes.filter((purpose) => !purposes.includes(purpose));
    const none = new Option('none', '');
    purposeSelect.replaceChildren(
      ...(purposes.length > 0
        ? [
            group(
              `${name} may act for`,
              purposes.map((each) => new Option(each, each)),
            ),
          ]
        : []),
      group('without a purpose', [none]),
      group(
        `refused to ${name}`,
        others.map((each) => new Option(each, each)),
      ),
    );
    purposeSelect.value = wanted === '' || purposes.includes(wanted) ? wanted : (purposes[0] ?? '');
    explain();
  }

  function group(label, options) {
    const element = document.createElement('optgroup');
    element.label = label;
    element.append(...options);
    return element;
  }

  function explain() {
    const { name, purposes, explains } = principal();
    const purpose = purposeSelect.value;
    if (purpose === '') meaning.textContent = 'Without a purpose every classified field is withheld.';
    else if (!purposes.includes(purpose)) meaning.textContent = `Refused: ${name} may not act for ${purpose}.`;
    else if (explains) meaning.textContent = `${name} reads why a field is withheld.`;
    else meaning.textContent = `${name} reads that a field is withheld, not why.`;
  }

  function credentials() {
    const purpose = purposeSelect.value;
    return { authorization: `Bearer ${principal().token}`, ...(purpose === '' ? {} : { 'x-purpose': purpose }) };
  }

  function connect() {
    return graphqlWs.createClient({
      url: `${location.origin.replace('http', 'ws')}/graphql`,
      // Who is refused is refused again.
      shouldRetry: (error) => error instanceof CloseEvent && error.code !== 4403,
      connectionParams: () => {
        const { authorization, 'x-purpose': purpose } = credentials();
        return { authorization, ...(purpose === undefined ? {} : { purpose }) };
      },
    });
  }

  /** A socket speaks for whom it was opened: another choice ends its subscriptions, and the next one opens a new socket. */
  function reconnect() {
    // Rejects when the socket was refused; that was shown where it was asked for.
    Promise.resolve(socket.dispose()).catch(() => {});
    socket = connect();
  }

  function isSubscription({ operationName }, document) {
    return document?.definitions.some(
      ({ operation, name }) => operation === 'subscription' && (!operationName || name?.value === operationName),
    );
  }

  /** Results as they come. What ends the subscription is its last result: GraphiQL's own fetcher would wait for ever. */
  function subscribe(operation) {
    const results = socket.iterate(operation);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => results.next().catch((error) => ({ done: false, value: { errors: errorsOf(error) } })),
      return: () => results.return(),
    };
  }

  function errorsOf(error) {
    if (Array.isArray(error)) return error;
    const closed = error instanceof CloseEvent;
    return [{ message: closed ? `The gateway closed the socket: ${error.code} ${error.reason}` : String(error) }];
  }

  /** GraphiQL fetches the address of a picture it is pointed at; no request may leave the machine, and the page's policy would say so. */
  function leaveStringsAlone(event) {
    if (event.target instanceof Element && event.target.matches('.result-window .cm-string')) event.stopPropagation();
  }

  /** GraphiQL's own first values; without them it starts with no variables, and a reload adds an empty tab. */
  function seed(storage) {
    if (storage.getItem('graphiql:tabState') !== null) return;
    const [{ query, variables }] = session.tabs;
    storage.setItem('graphiql:query', query);
    storage.setItem('graphiql:variables', variables);
    // Who opens the sandbox comes to read the schema; where there is room, it is there.
    if (innerWidth >= 1600) storage.setItem('graphiql:visiblePlugin', 'Documentation Explorer');
  }

  /** The browser's storage, apart for each population: what was typed is kept, but never asks for another one's customers. */
  function storageOf(example) {
    const prefix = `facet:${example ?? ''}:`;
    const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    const storage = {
      getItem: (key) => localStorage.getItem(prefix + key),
      setItem: (key, value) => localStorage.setItem(prefix + key, value),
      removeItem: (key) => localStorage.removeItem(prefix + key),
      clear: () => keys().forEach((key) => localStorage.removeItem(key)),
      get length() {
        return keys().length;
      },
    };
    seed(storage);
    return storage;
  }
})();
