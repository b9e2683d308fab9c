import type { TokenFormat } from "./token-rule.ts";
import { isSampleKey } from "./sample-keys.ts";

/**
 * Tokens of model providers, messengers, payment and other services. Formats as their issuers publish them; which issuers are
 * worth a rule was learned from the rules of gitleaks (MIT).
 */
export const serviceTokens: readonly TokenFormat[] = [
  // Model providers
  {
    id: "anthropic-key",
    keywords: ["sk-ant-"],
    pattern: String.raw`sk-ant-[a-z]{3,6}\d{2}-[\w-]{32,120}(?!-)`,
    entropy: 3.5,
  },
  { id: "groq-key", keywords: ["gsk_"], pattern: "gsk_[A-Za-z0-9]{48,56}" },
  { id: "huggingface-token", keywords: ["hf_", "api_org_"], pattern: "(?:hf|api_org)_[A-Za-z0-9]{34,40}" },
  { id: "langsmith-key", keywords: ["lsv2_"], pattern: "lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}" },
  { id: "openai-key", keywords: ["t3blbkfj"], before: 23, pattern: "sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}" },
  {
    id: "openai-project-key",
    keywords: ["sk-proj-", "sk-svcacct-", "sk-admin-"],
    pattern: String.raw`sk-(?:proj|svcacct|admin)-[\w-]{20,250}(?!-)`,
    entropy: 3.5,
  },
  { id: "openrouter-key", keywords: ["sk-or-v1-"], pattern: "sk-or-v1-[a-f0-9]{64}" },
  { id: "perplexity-key", keywords: ["pplx-"], pattern: "pplx-[A-Za-z0-9]{32,60}", entropy: 3.7 },
  { id: "replicate-token", keywords: ["r8_"], pattern: "r8_[A-Za-z0-9]{37}", entropy: 3.5 },
  {
    id: "secret-key",
    keywords: ["sk-"],
    pattern: "sk-[A-Za-z0-9]{20,64}",
    entropy: 3.7,
    accepts: (token) => /\d/.test(token),
  },
  { id: "xai-key", keywords: ["xai-"], pattern: "xai-[A-Za-z0-9]{70,90}", entropy: 3.7 },

  // Messengers
  {
    id: "discord-webhook",
    keywords: ["discord.com/api/", "discordapp.com/api/", "/api/webhooks/"],
    pattern: String.raw`(?:discord(?:app)?\.com)?/api/(?:v\d{1,2}/)?webhooks/\d{17,20}/[\w-]{60,80}`,
    entropy: 3.5,
  },
  {
    id: "slack-app-token",
    keywords: ["xapp-"],
    pattern: "(?:xapp|XAPP)-[0-9]-[A-Za-z0-9]{5,20}-[0-9]{5,20}-[A-Za-z0-9]{16,80}",
  },
  {
    id: "slack-config-token",
    keywords: ["xoxe.xox", "xoxe-"],
    pattern: String.raw`xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{120,200}`,
  },
  {
    id: "slack-token",
    keywords: ["xoxb-"],
    pattern: "xoxb-[0-9]{8,14}-(?:[0-9]{8,14}-?)?[A-Za-z0-9-]{14,36}",
    entropy: 2.8,
  },
  {
    id: "slack-token",
    keywords: ["xoxp-", "xoxe-"],
    pattern: "xox[pe](?:-[0-9]{8,14}){3}-[A-Za-z0-9-]{24,40}",
    entropy: 2.8,
  },
  {
    id: "slack-token",
    keywords: ["xoxo-", "xoxs-"],
    pattern: String.raw`xox[os](?:-\d{6,16}){3}-[a-fA-F0-9]{8,64}`,
    entropy: 2.8,
  },
  {
    id: "slack-workspace-token",
    keywords: ["xoxa-", "xoxr-"],
    pattern: String.raw`xox[ar]-(?:\d-)?[A-Za-z0-9]{8,48}(?![.-])`,
    entropy: 2.8,
    accepts: (token) => /\d.*\d/.test(token.slice(7)),
  },
  {
    id: "slack-webhook",
    keywords: ["hooks.slack.com/", "hooks.slack-gov.com/"],
    pattern: String.raw`hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,80}`,
    entropy: 3.8,
  },
  {
    id: "teams-webhook",
    keywords: ["webhook.office.com/webhookb2/", "outlook.office.com/webhook", "outlook.office365.com/webhook"],
    pattern: String.raw`(?:webhook\.office|outlook\.office(?:365)?)\.com/webhook(?:b2)?/[A-Za-z0-9-]{36}@[A-Za-z0-9-]{36}/IncomingWebhook/[A-Za-z0-9]{32}/[A-Za-z0-9-]{36}(?:/[\w-]{1,80})?`,
  },

  // Payment and commerce
  { id: "duffel-token", keywords: ["duffel_"], pattern: String.raw`duffel_(?:test|live)_[\w=-]{43}` },
  { id: "easypost-token", keywords: ["ezak", "eztk"], pattern: "EZ[AT]K[A-Za-z0-9]{54}" },
  {
    id: "flutterwave-key",
    keywords: ["flwseck", "flwpubk"],
    pattern: "FLW(?:SECK|PUBK)(?:_TEST)?-[A-Za-z0-9]{12,40}(?:-X)?",
  },
  { id: "lob-key", keywords: ["live_", "test_"], pattern: "(?:live|test)_(?:[a-f0-9]{35}|pub_[a-f0-9]{31})" },
  {
    id: "gocardless-token",
    keywords: ["live_"],
    pattern: String.raw`live_[\w=-]{40}(?!-)`,
    entropy: 4,
    accepts: (token) => /\d/.test(token) && /[A-Z]/.test(token),
  },
  {
    id: "plaid-token",
    keywords: ["access-sandbox-", "access-development-", "access-production-"],
    pattern: "access-(?:sandbox|development|production)-[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}",
  },
  { id: "razorpay-key", keywords: ["rzp_live_", "rzp_test_"], pattern: "rzp_(?:live|test)_[A-Za-z0-9]{14,24}" },
  { id: "shippo-token", keywords: ["shippo_"], pattern: "shippo_(?:live|test)_[a-fA-F0-9]{40}" },
  {
    id: "shopify-token",
    keywords: ["shpat_", "shpca_", "shppa_", "shpss_"],
    pattern: "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    entropy: 2.8,
  },
  {
    id: "square-token",
    keywords: ["sq0atp-", "sq0csp-", "sq0idp-"],
    pattern: String.raw`sq0(?:atp|csp|idp)-[\w-]{22,60}`,
  },
  { id: "square-token", keywords: ["eaaa"], pattern: String.raw`EAAA[\w-]{58,62}`, entropy: 3.8 },
  {
    id: "stripe-key",
    keywords: ["sk_test_", "sk_live_", "sk_prod_", "rk_test_", "rk_live_", "rk_prod_"],
    pattern: "[sr]k_(?:test|live|prod)_[A-Za-z0-9]{10,250}",
    entropy: 2.8,
  },
  { id: "stripe-webhook-secret", keywords: ["whsec_"], pattern: "whsec_[A-Za-z0-9+/=]{24,80}" },

  // Monitoring, mail and other services
  { id: "adobe-client-secret", keywords: ["p8e-"], pattern: "p8e-[A-Za-z0-9]{32}" },
  { id: "airtable-token", keywords: ["pat"], pattern: String.raw`pat[A-Za-z0-9]{14}\.[a-f0-9]{64}` },
  {
    id: "authress-key",
    keywords: ["sc_", "ext_", "scauth_", "authress_"],
    pattern: String.raw`(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}`,
  },
  { id: "clickhouse-key", keywords: ["4b1d"], pattern: "4b1d[A-Za-z0-9]{38}", accepts: (token) => /[A-Z]/.test(token) },
  {
    id: "dynatrace-token",
    keywords: ["dt0c01.", "dt0s01.", "dt0s16."],
    pattern: String.raw`dt0[a-z]\d{2}\.[A-Za-z0-9]{8,24}\.[A-Za-z0-9]{64}`,
    entropy: 3.5,
  },
  {
    id: "facebook-page-token",
    keywords: ["eaam", "eaac", "eaag", "eaab"],
    pattern: "EAA[MCGB][A-Za-z0-9]{80,500}",
    entropy: 3.7,
  },
  { id: "fcm-server-key", keywords: ["aaaa"], pattern: String.raw`AAAA[\w-]{7}:[\w-]{134,162}`, entropy: 4 },
  { id: "figma-token", keywords: ["figd_"], pattern: String.raw`figd_[\w-]{38,43}` },
  { id: "frameio-token", keywords: ["fio-u-"], pattern: String.raw`fio-u-[\w=-]{64}` },
  {
    id: "google-api-key",
    keywords: ["aiza"],
    pattern: String.raw`AIza[\w-]{35}(?!-)`,
    entropy: 4,
    accepts: (token) => !isSampleKey(token),
  },
  {
    id: "google-service-account",
    keywords: ["service_account"],
    pattern: String.raw`(?<=type["']\s{0,3}:\s{0,3}["'])service_account(?=["'])`,
    entropy: 2,
  },
  { id: "grafana-key", keywords: ["eyjrijoi"], pattern: "eyJrIjoi[A-Za-z0-9]{70,400}={0,3}" },
  {
    id: "grafana-cloud-token",
    keywords: ["glc_"],
    pattern: "(?:glc|GLC)_[A-Za-z0-9+/]{32,400}={0,3}",
    accepts: (token) => /\d/.test(token),
  },
  { id: "grafana-service-token", keywords: ["glsa_"], pattern: "(?:glsa|GLSA)_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}" },
  { id: "intra42-client-secret", keywords: ["s-s4t2ud-", "s-s4t2af-"], pattern: "s-s4t2(?:ud|af)-[a-f0-9]{64}" },
  { id: "linear-key", keywords: ["lin_api_", "lin_oauth_"], pattern: "lin_(?:api|oauth)_[A-Za-z0-9]{40,64}" },
  { id: "mailchimp-key", keywords: ["-us"], before: 32, pattern: String.raw`[a-f0-9]{32}-us\d{1,2}` },
  { id: "mailgun-key", keywords: ["key-", "pubkey-"], pattern: String.raw`(?:pub)?key-[a-f0-9]{32}(?!-)` },
  {
    id: "mapbox-token",
    keywords: ["pk.eyj", "sk.eyj", "tk.eyj"],
    pattern: String.raw`[pst]k\.eyJ[A-Za-z0-9_-]{40,200}\.[\w-]{20,30}`,
  },
  { id: "maxmind-key", keywords: ["_mmk"], before: 36, pattern: "[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk", entropy: 3.7 },
  {
    id: "newrelic-key",
    keywords: ["nrak-", "nrii-", "nrjs-", "nraa-"],
    pattern: "NR(?:AK|II|JS|AA)-[A-Za-z0-9-]{19,40}",
  },
  { id: "notion-token", keywords: ["ntn_"], pattern: String.raw`ntn_\d{11}[A-Za-z0-9]{35}`, entropy: 4 },
  { id: "notion-legacy-token", keywords: ["secret_"], pattern: "secret_[A-Za-z0-9]{43}", entropy: 4 },
  { id: "openshift-token", keywords: ["sha256~"], pattern: String.raw`sha256~[\w-]{43}(?!-)`, entropy: 3.7 },
  { id: "postman-key", keywords: ["pmak-"], pattern: "PMAK-[A-Fa-f0-9]{24}-[A-Fa-f0-9]{34}" },
  { id: "posthog-key", keywords: ["phx_"], pattern: "phx_[A-Za-z0-9]{40,50}" },
  { id: "readme-token", keywords: ["rdme_"], pattern: "rdme_[a-z0-9]{70}" },
  { id: "sendgrid-key", keywords: ["sg."], pattern: String.raw`SG\.[\w=.-]{60,72}`, entropy: 3.7 },
  {
    id: "sendinblue-key",
    keywords: ["xkeysib-", "xsmtpsib-"],
    pattern: "x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}",
  },
  {
    id: "sentry-org-token",
    keywords: ["sntrys_eyj"],
    pattern: "sntrys_eyJ[A-Za-z0-9+/]{20,500}={0,2}_[A-Za-z0-9+/]{40,46}",
    entropy: 4,
  },
  { id: "sentry-user-token", keywords: ["sntryu_"], pattern: "sntryu_[a-f0-9]{64}" },
  { id: "settlemint-token", keywords: ["sm_aat_", "sm_pat_", "sm_sat_"], pattern: "sm_[aps]at_[A-Za-z0-9]{16}" },
  { id: "twilio-key", keywords: ["sk"], pattern: "SK[a-fA-F0-9]{32}", entropy: 3 },
  {
    id: "sidekiq-secret",
    reach: 72,
    keywords: ["bundle_enterprise__contribsys__com", "bundle_gems__contribsys__com"],
    pattern: String.raw`(?:BUNDLE|bundle)_\w{4,10}__(?:CONTRIBSYS|contribsys)__(?:COM|com)["']?\s{0,3}[=:]{1,2}\s{0,3}["']?[a-f0-9]{8}:[a-f0-9]{8}`,
  },
  { id: "typeform-token", keywords: ["tfp_"], pattern: String.raw`tfp_[\w.=-]{40,60}`, entropy: 3.5 },
];
