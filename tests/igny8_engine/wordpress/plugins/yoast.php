<?php
// What Yoast SEO shows of itself over REST before 27.7: an API that is for reading, and fields that are closed.
define( 'WPSEO_VERSION', '27.6' );
add_action(
	'rest_api_init',
	static function () {
		register_rest_route( 'yoast/v1', '/get_head', array( 'methods' => 'GET', 'callback' => '__return_empty_array', 'permission_callback' => '__return_true' ) );
	}
);
