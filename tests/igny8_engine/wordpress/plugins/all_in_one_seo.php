<?php
// What All in One SEO adds to the posts of core's REST API.
define( 'AIOSEO_VERSION', '4.9.8' );
add_action(
	'rest_api_init',
	static function () {
		register_rest_route( 'aioseo/v1', '/ping', array( 'methods' => 'GET', 'callback' => '__return_empty_array', 'permission_callback' => '__return_true' ) );
		register_rest_field(
			array( 'post', 'page' ),
			'aioseo_meta_data',
			array(
				'get_callback'    => static function ( $post ) {
					return get_option( 'test_aioseo_' . $post['id'], array() );
				},
				'update_callback' => static function ( $value, $post ) {
					update_option( 'test_aioseo_' . $post->ID, $value );
				},
				'schema'          => array( 'type' => 'object' ),
			)
		);
	}
);
