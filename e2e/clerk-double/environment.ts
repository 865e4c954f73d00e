/** An instance that signs people in by email and nothing else, as `PATCH /v1/environment` tells it. */
export function environmentJson(names: {
  portalHost: string;
  homeUrl: string;
}): Record<string, unknown> {
  const portal = `https://${names.portalHost}`;
  return {
    object: 'environment',
    id: '',
    maintenance_mode: false,
    client_debug_mode: false,
    partitioned_cookies: false,
    auth_config: {
      object: 'auth_config',
      id: 'aconf_1',
      single_session_mode: true,
      claimed_at: null,
      reverification: false,
      preferred_channels: null,
      session_minter: false,
    },
    display_config: {
      object: 'display_config',
      id: 'display_config_1',
      application_name: 'Reactive Notebook',
      branded: false,
      captcha_heartbeat: false,
      captcha_provider: 'turnstile',
      captcha_public_key: null,
      captcha_public_key_invisible: null,
      captcha_widget_type: null,
      home_url: names.homeUrl,
      instance_environment_type: 'development',
      preferred_sign_in_strategy: 'otp',
      show_devmode_warning: true,
      sign_in_url: `${portal}/sign-in`,
      sign_up_url: `${portal}/sign-up`,
      user_profile_url: `${portal}/user`,
      theme: { general: { color: '#6c47ff' } },
    },
    user_settings: {
      attributes: {
        email_address: {
          enabled: true,
          required: true,
          used_for_first_factor: true,
          first_factors: ['email_code'],
          verifications: ['email_code'],
          verify_at_sign_up: true,
          used_for_second_factor: false,
          second_factors: [],
        },
      },
      social: {},
      actions: { delete_self: false, create_organization: false },
      sign_in: { second_factor: { required: false, enabled: false } },
      sign_up: { mode: 'public', captcha_enabled: false, progressive: true },
      enterprise_sso: { enabled: false },
    },
    organization_settings: { enabled: false, max_allowed_memberships: 5 },
    commerce_settings: {
      billing: {
        stripe_publishable_key: null,
        organization: { enabled: false, has_paid_plans: false },
        user: { enabled: false, has_paid_plans: false },
      },
    },
    api_keys_settings: { user_api_keys_enabled: false, orgs_api_keys_enabled: false },
    protect_config: { object: 'protect_config', id: '' },
  };
}
