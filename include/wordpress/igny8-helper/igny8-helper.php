<?php
/**
 * Plugin Name:       IGNY8 Helper
 * Description:       Lets IGNY8 find its articles and images again exactly, and write SEO titles and descriptions.
 * Version:           1.0.1
 * Requires at least: 5.6
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 *
 * @package IGNY8
 */

defined( 'ABSPATH' ) || exit;

const IGNY8_HELPER_VERSION = '1.0.1';
const IGNY8_KEY            = 'igny8_key';
const IGNY8_TYPES          = array( 'post', 'page', 'attachment' );

/**
 * The SEO plugin that is active: its name, or an empty string.
 */
function igny8_seo_plugin(): string {
	if ( defined( 'WPSEO_VERSION' ) ) {
		return 'yoast';
	}
	if ( defined( 'RANK_MATH_VERSION' ) ) {
		return 'rank_math';
	}
	if ( defined( 'SEOPRESS_VERSION' ) ) {
		return 'seopress';
	}
	return defined( 'AIOSEO_VERSION' ) ? 'all_in_one_seo' : '';
}

/**
 * The meta fields that hold SEO texts on this site. All in One SEO keeps them elsewhere.
 *
 * @return string[]
 */
function igny8_seo_fields(): array {
	$fields = array(
		''               => array( 'igny8_seo_title', 'igny8_seo_description', 'igny8_canonical' ),
		'yoast'          => array( '_yoast_wpseo_title', '_yoast_wpseo_metadesc', '_yoast_wpseo_focuskw', '_yoast_wpseo_canonical' ),
		'rank_math'      => array( 'rank_math_title', 'rank_math_description', 'rank_math_focus_keyword', 'rank_math_canonical_url' ),
		'seopress'       => array( '_seopress_titles_title', '_seopress_titles_desc', '_seopress_analysis_target_kw', '_seopress_robots_canonical' ),
		'all_in_one_seo' => array(),
	);
	return $fields[ igny8_seo_plugin() ];
}

/**
 * Makes a text field of posts readable and writable over REST, for those who may edit the post.
 *
 * @param string $type The post type.
 * @param string $name The field.
 */
function igny8_register_text( string $type, string $name ): void {
	register_post_meta(
		$type,
		$name,
		array(
			'type'              => 'string',
			'single'            => true,
			'default'           => '',
			'show_in_rest'      => true,
			// What is right for a text takes %c3 out of an address.
			'sanitize_callback' => str_contains( $name, 'canonical' ) ? 'sanitize_url' : 'sanitize_text_field',
			// A field whose name begins with _ is closed without one.
			'auth_callback'     => static function ( $allowed, $key, $post_id ) {
				return current_user_can( 'edit_post', $post_id );
			},
		)
	);
}

add_action(
	'init',
	static function () {
		foreach ( IGNY8_TYPES as $type ) {
			igny8_register_text( $type, IGNY8_KEY );
		}
		foreach ( array( 'post', 'page' ) as $type ) {
			foreach ( igny8_seo_fields() as $name ) {
				igny8_register_text( $type, $name );
			}
		}
	},
	20
);

/**
 * The ids of what has exactly a key. Databases take upper and lower case, accents and spaces at the end for the same.
 *
 * @param string $key The key.
 * @return int[]
 */
function igny8_having_key( string $key ): array {
	global $wpdb;
	$rows = $wpdb->get_results( // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- WordPress has no exact comparison.
		$wpdb->prepare( "SELECT post_id, meta_value FROM $wpdb->postmeta WHERE meta_key = %s AND meta_value = %s", IGNY8_KEY, $key )
	);
	$same = array_filter( (array) $rows, static fn( $row ) => $row->meta_value === $key );
	return array_map( static fn( $row ) => (int) $row->post_id, $same );
}

// WordPress' listings can't be filtered by a field. ?igny8_key=… gives exactly the posts that have that key.
foreach ( IGNY8_TYPES as $igny8_type ) {
	add_filter(
		"rest_{$igny8_type}_collection_params",
		static function ( $params ) {
			$params[ IGNY8_KEY ] = array(
				'type'        => 'string',
				'description' => 'Limit the result to what has exactly this IGNY8 key.',
			);
			return $params;
		}
	);
	add_filter(
		"rest_{$igny8_type}_query",
		static function ( $query, $request ) {
			if ( isset( $request[ IGNY8_KEY ] ) && '' !== $request[ IGNY8_KEY ] ) {
				$found = igny8_having_key( (string) $request[ IGNY8_KEY ] );
				if ( ! empty( $query['post__in'] ) ) {
					$found = array_intersect( $found, array_map( 'intval', $query['post__in'] ) );
				}
				$query['post__in'] = $found ? array_values( $found ) : array( 0 ); // none: an empty list means all.
			}
			return $query;
		},
		10,
		2
	);
}

add_action(
	'rest_api_init',
	static function () {
		register_rest_route(
			'igny8/v1',
			'/site',
			array(
				'methods'             => 'GET',
				'permission_callback' => static function () {
					return current_user_can( 'edit_posts' );
				},
				'callback'            => static function () {
					return array(
						'version'      => IGNY8_HELPER_VERSION,
						'seo_plugin'   => igny8_seo_plugin(),
						'upload_limit' => wp_max_upload_size(),
					);
				},
			)
		);
	}
);

// Where no SEO plugin does it: title, description, canonical address and schema.org's Article, for IGNY8's articles alone.
add_filter(
	'document_title_parts',
	static function ( $parts ) {
		if ( '' === igny8_seo_plugin() && is_singular() ) {
			$title = get_post_meta( get_queried_object_id(), 'igny8_seo_title', true );
			if ( '' !== $title ) {
				$parts['title'] = $title;
			}
		}
		return $parts;
	}
);
add_filter(
	'get_canonical_url',
	static function ( $url, $post ) {
		$original = '' === igny8_seo_plugin() ? get_post_meta( $post->ID, 'igny8_canonical', true ) : '';
		return '' === $original ? $url : $original;
	},
	10,
	2
);
add_action(
	'wp_head',
	static function () {
		$post = is_singular() ? get_queried_object() : null;
		if ( '' !== igny8_seo_plugin() || ! $post instanceof WP_Post || '' === get_post_meta( $post->ID, IGNY8_KEY, true ) ) {
			return;
		}
		$description = get_post_meta( $post->ID, 'igny8_seo_description', true );
		if ( '' !== $description ) {
			printf( "<meta name=\"description\" content=\"%s\">\n", esc_attr( $description ) );
		}
		if ( 'post' !== $post->post_type ) {
			return;
		}
		$article = array(
			'@context'         => 'https://schema.org',
			'@type'            => 'Article',
			'headline'         => wp_strip_all_tags( get_the_title( $post ) ),
			'description'      => $description,
			'datePublished'    => get_the_date( 'c', $post ),
			'dateModified'     => get_the_modified_date( 'c', $post ),
			'mainEntityOfPage' => get_permalink( $post ),
			'image'            => get_the_post_thumbnail_url( $post, 'full' ),
			'author'           => array(
				'@type' => 'Person',
				'name'  => get_the_author_meta( 'display_name', (int) $post->post_author ),
			),
			'publisher'        => array(
				'@type' => 'Organization',
				'name'  => get_bloginfo( 'name' ),
			),
		);
		printf( "<script type=\"application/ld+json\">%s</script>\n", wp_json_encode( array_filter( $article ), JSON_HEX_TAG | JSON_UNESCAPED_SLASHES ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- JSON, its tags escaped.
	}
);
