// A headless Chromium, spoken to in its DevTools protocol through a pipe: nothing but Node is
// needed, and no port is opened.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long an answer may take. */
const PATIENCE_MS = 60_000;

export class Chromium {
  #next = 1;
  #asked = new Map();
  #heard = [];
  #text = '';

  constructor(program) {
    this.folder = mkdtempSync(join(tmpdir(), 'compup2p-report-'));
    const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
      '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--remote-debugging-pipe', `--user-data-dir=${this.folder}`];
    this.process = spawn(program, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdio[4].setEncoding('utf8').on('data', (text) => this.#read(text));
  }

  /** Hears of everything that the browser tells by itself. */
  listen(hear) {
    this.#heard.push(hear);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${method}: no answer`)), PATIENCE_MS);
      this.#asked.set(id, { resolve, reject, late, method });
      this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  async close() {
    await this.send('Browser.close').catch(() => this.process.kill());
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #read(text) {
    const parts = (this.#text + text).split('\0');
    this.#text = parts.pop();
    for (const part of parts) {
      const said = JSON.parse(part);
      const asked = this.#asked.get(said.id);
      if (!asked) {
        this.#heard.forEach((hear) => hear(said));
        continue;
      }
      this.#asked.delete(said.id);
      clearTimeout(asked.late);
      if (said.error) asked.reject(new Error(`${asked.method}: ${said.error.message}`));
      else asked.resolve(said.result);
    }
  }
}

/** A page with the network off; keeps what it asks for, and what goes wrong in it. */
export class Page {
  requests = [];
  faults = [];
  #loaded = [];

  static async open(browser, url, { width, height, dark = false }) {
    const page = new Page();
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    page.send = (method, params) => browser.send(method, params, sessionId);
    page.close = () => browser.send('Target.closeTarget', { targetId });
    browser.listen((said) => said.sessionId === sessionId && page.#hear(said));
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    await page.send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
    const scheme = { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' };
    await page.send('Emulation.setEmulatedMedia', { features: [scheme] });
    await page.resize(width, height);
    const loaded = new Promise((resolve) => page.#loaded.push(resolve));
    await page.send('Page.navigate', { url });
    await loaded;
    return page;
  }

  resize(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** The value of an expression in the page. */
  async value(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Clicks where the expression's point is: [x, y] in the window. */
  async click(expression) {
    const [x, y] = await this.value(expression);
    for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: type === 'mouseMoved' ? 0 : 1 });
    }
  }

  /** Moves the mouse to where the expression's point is. */
  async hover(expression) {
    const [x, y] = await this.value(expression);
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
  }

  async key(key) {
    for (const type of ['rawKeyDown', 'keyUp']) await this.send('Input.dispatchKeyEvent', { type, key, code: key });
  }

  async type(text) {
    await this.send('Input.insertText', { text });
  }

  /** A picture of the whole page, as PNG. */
  async picture() {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
    return Buffer.from(data, 'base64');
  }

  #hear({ method, params }) {
    if (method === 'Page.loadEventFired') this.#loaded.splice(0).forEach((resolve) => resolve());
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method === 'Runtime.exceptionThrown') this.faults.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(params.type)) this.faults.push(JSON.stringify(params.args));
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) this.faults.push(params.entry.text);
  }
}
