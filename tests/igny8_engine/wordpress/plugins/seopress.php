<?php
// What SEOPress has over REST: title and description at an address of its own.
define( 'SEOPRESS_VERSION', '9.0' );
add_action(
	'rest_api_init',
	static function () {
		$may = static function ( $request ) {
			return current_user_can( 'edit_post', $request['id'] );
		};
		register_rest_route(
			'seopress/v1',
			'/posts/(?P<id>\d+)/title-description-metas',
			array(
				array(
					'methods'             => 'GET',
					'permission_callback' => $may,
					'callback'            => static function ( $request ) {
						return array(
							'title'       => get_post_meta( $request['id'], '_seopress_titles_title', true ),
							'description' => get_post_meta( $request['id'], '_seopress_titles_desc', true ),
						);
					},
				),
				array(
					'methods'             => 'PUT',
					'permission_callback' => $may,
					'callback'            => static function ( $request ) {
						update_post_meta( $request['id'], '_seopress_titles_title', sanitize_text_field( $request['title'] ) );
						update_post_meta( $request['id'], '_seopress_titles_desc', sanitize_text_field( $request['description'] ) );
						return array( 'code' => 'success' );
					},
				),
			)
		);
	}
);
